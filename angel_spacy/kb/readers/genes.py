"""Genes and organisms: HGNC's table, NCBI's gene_info and NCBI's taxonomy dump."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept
from .source import Source, chosen, distinct, flag, numbered_lines, rows, split_fields

_HUMAN = "9606"
_LISTS = ("alias_symbol", "prev_symbol", "alias_name", "prev_name")
_XREFS = {"entrez_id": "NCBIGENE:", "ensembl_gene_id": "ENSEMBL:", "omim_id": "OMIM:", "uniprot_ids": "UNIPROT:"}
_NOTHING = "-"
_NAMES = (
    "scientific name",
    "genbank common name",
    "common name",
    "synonym",
    "equivalent name",
    "acronym",
    "genbank synonym",
)


def read_hgnc(source: Source) -> Iterator[Concept]:
    """Approved human genes: symbol, name, aliases and former ones."""
    path = source.path
    for number, row in rows(path, "hgnc_id", "symbol", "name", "status"):
        if row["status"] != "Approved":
            source.skip(f"status {row['status'] or 'unknown'}", f"{row['hgnc_id']} {row['symbol']!r}", path, number)
            continue
        more = [part for column in _LISTS for part in split_fields(row.get(column, "").strip('"'))]
        xrefs = [
            f"{prefix}{part}"
            for column, prefix in _XREFS.items()
            for part in split_fields(row.get(column, "").strip('"'))
        ]
        yield Concept(
            row["hgnc_id"],
            row["symbol"],
            distinct([row["name"], *more], but=row["symbol"]),
            (),
            ("Gene",),
            "",
            tuple(xrefs),
        )


def read_ncbi_gene(source: Source, *, species: str = _HUMAN, types: str = "") -> Iterator[Concept]:
    """The genes of `gene_info`; ids are numbers (`ncbigene:` may go before them).

    `species`: taxonomy ids, "" for all; `types`: of gene ("protein-coding"), "" for all. The table is read row by row:
    of its fifty million only those that are wanted are kept.
    """
    path, wanted, kinds = source.path, chosen(species), chosen(types)
    for number, row in rows(path, "tax_id", "geneid", "symbol", "synonyms", "description", "type_of_gene"):
        if wanted and row["tax_id"] not in wanted:
            source.skip("genes of other species", f"{row['geneid']} {row['symbol']!r}", path, number)
        elif row["symbol"] == "NEWENTRY":
            source.skip("entries without a symbol (NEWENTRY)", row["geneid"], path, number)
        elif kinds and row["type_of_gene"] not in kinds:
            source.skip(
                f"another type of gene ({row['type_of_gene']})", f"{row['geneid']} {row['symbol']!r}", path, number
            )
        else:
            full = [row["description"], row.get("full_name_from_nomenclature_authority", "")]
            listed = (*split_fields(row["synonyms"]), *split_fields(row.get("other_designations", "")))
            names = [name for name in (*full, *listed) if name != _NOTHING]
            xrefs = [part for part in split_fields(row.get("dbxrefs", "")) if part != _NOTHING]
            yield Concept(
                row["geneid"],
                row["symbol"],
                distinct(names, but=row["symbol"]),
                types=("Gene",),
                xrefs=tuple(xrefs),
                parents=(f"NCBITAXON:{row['tax_id']}",),
            )


def read_ncbi_taxonomy(
    source: Source, *, ranks: str = "", under: str = "", common: bool | str = True
) -> Iterator[Concept]:
    """The organisms of a taxonomy dump (names.dmp, nodes.dmp and merged.dmp of an unpacked taxdump).

    `ranks` ("species,genus") and `under` (the subtrees of these ids) are those that are wanted; `common`: with names
    other than the scientific one. An id that was merged into another is an alternative id.
    """
    nodes = {fields[0]: (fields[1], fields[2]) for _, fields in _dump(source, "nodes.dmp", 3)}
    older: dict[str, list[str]] = {}
    for _, fields in _dump(source, "merged.dmp", 2, needed=False):
        older.setdefault(fields[1], []).append(fields[0])
    wanted, roots, with_common = chosen(ranks), chosen(under), flag(common)
    if unknown := sorted(roots - nodes.keys()):
        raise KnowledgeBaseError(f"under: there is no organism {', '.join(unknown)}; use ids such as 9606.")
    names: dict[str, list[tuple[int, str]]] = {}
    for _, fields in _dump(source, "names.dmp", 4):
        kind = fields[3]
        if not fields[1]:
            source.skip("names that are empty", fields[0])
        elif kind in _NAMES and (with_common or kind == _NAMES[0]):
            names.setdefault(fields[0], []).append((_NAMES.index(kind), fields[1]))
        else:
            source.skip(f"names of another class ({kind})", f"{fields[0]} {fields[1]!r}")
    for tax_id, own in names.items():
        parent, rank = nodes.get(tax_id, ("", ""))
        if wanted and rank not in wanted:
            source.skip(f"another rank ({rank})", f"{tax_id} {min(own)[1]!r}")
        elif roots and not _is_under(tax_id, roots, nodes):
            source.skip("organisms outside the subtree", f"{tax_id} {min(own)[1]!r}")
        else:
            name, *others = distinct(name for _, name in sorted(own, key=lambda one: one[0]))
            above = (parent,) if parent not in ("", tax_id) else ()
            yield Concept(tax_id, name, tuple(others), tuple(older.get(tax_id, ())), ("Organism",), parents=above)


def _is_under(tax_id: str, roots: frozenset[str], nodes: dict[str, tuple[str, str]]) -> bool:
    seen: set[str] = set()
    while tax_id not in seen:
        if tax_id in roots:
            return True
        seen.add(tax_id)
        tax_id = nodes.get(tax_id, (tax_id, ""))[0]
    return False


def _dump(source: Source, name: str, least: int, *, needed: bool = True) -> Iterator[tuple[int, list[str]]]:
    paths: list[Path] = source.find(name, needed=needed)
    for number, line in numbered_lines(*paths) if paths else ():
        fields = [field.strip() for field in line.removesuffix("|").rstrip().split("|")]
        if len(fields) < least:
            raise KnowledgeBaseError(f"{paths[0]}, line {number}: expected {least} fields or more; is it {name}?")
        yield number, fields
