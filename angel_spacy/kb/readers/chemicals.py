"""Chemicals and drugs as flat files: ChEBI, FDA's UNII, CTD's chemicals, DrugBank's open vocabulary."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept, known, languages_by_name
from .ctd import CtdTable
from .source import Source, chosen, distinct, numbered_lines, rows, split_fields

_UNII_KINDS = ("of", "cn", "bn")  # official, common, brand names; sys: systematic, cd: codes


def read_chebi(source: Source, *, languages: str = "en", stars: str = "2,3") -> Iterator[Concept]:
    """The compounds of compounds.tsv with the names of names.tsv, in `languages`, of entries with so many `stars`.

    3 stars: checked by ChEBI's curators, 2: by others, "" for all. A merged compound is an alternative id of the other.
    """
    compounds, more = source.find("compounds.tsv")[0], source.find("names.tsv")[0]
    languages_, stars_ = chosen(languages), chosen(stars)
    kept: dict[str, dict[str, str]] = {}
    merged: dict[str, list[str]] = {}
    for number, row in rows(compounds, "id", "chebi_accession", "name"):
        star = row.get("star") or row.get("stars") or ""
        what = f"{row['chebi_accession']} {row['name']!r}"
        parent = row.get("parent_id", "")
        if parent not in ("", "null"):
            merged.setdefault(parent, []).append(row["chebi_accession"])
            source.skip("merged into another compound", what, compounds, number)
        elif row["name"] in ("", "null"):
            source.skip("compounds without a name", what, compounds, number)
        elif stars_ and star not in stars_:
            source.skip(f"compounds with {star or 'no'} stars", what, compounds, number)
        else:
            kept[row["id"]] = row
    names: dict[str, list[tuple[str, str]]] = {}
    for number, row in rows(more, "compound_id", "name"):
        language = row.get("language") or row.get("language_code") or "en"
        if languages_ and language not in languages_:
            source.skip(f"names in another language ({language})", row["name"], more, number)
        elif row["compound_id"] in kept:
            names.setdefault(row["compound_id"], []).append((row["name"], language))
    for number_, row in kept.items():
        definition = "" if row.get("definition") in (None, "null") else row["definition"]
        own = languages_by_name([(row["name"], ""), *names.get(number_, ())])
        yield Concept(
            row["chebi_accession"],
            row["name"],
            distinct(own, but=row["name"]),
            tuple(merged.get(number_, ())),
            ("Chemical",),
            definition,
            languages=known(own.values()),
        )


def read_unii(source: Source, *, kinds: str = ",".join(_UNII_KINDS)) -> Iterator[Concept]:
    """The substances of FDA's list of names (UNII_Names_*.txt); the display name comes first.

    `kinds` of names: `of` official, `cn` common, `bn` brand, `sys` systematic, `cd` code; "" for all.
    """
    path, wanted = source.find("UNII*Names*.txt")[0], chosen(kinds)
    found: dict[str, dict[str, None]] = {}
    for number, row in rows(path, "name", "type", "unii", "display name"):
        own = found.setdefault(row["unii"], {row["display name"]: None})
        if wanted and row["type"] not in wanted:
            source.skip(f"names of another kind ({row['type']})", f"{row['unii']} {row['name']!r}", path, number)
        else:
            own[row["name"]] = None
    for unii, names in found.items():
        own_names = list(filter(None, names))
        if own_names:
            yield Concept(unii, own_names[0], tuple(own_names[1:]), types=("Chemical",))
        else:
            source.skip("substances without a name", unii, path)


def read_ctd_chemicals(source: Source) -> Iterator[Concept]:
    """The chemicals of CTD (CTD_chemicals.tsv), a part of MeSH with further synonyms."""
    table = CtdTable("ChemicalName", "ChemicalID", "ParentIDs")

    def parse(line: str) -> Concept | None:
        row = table.row(line)
        if row is None:
            return None
        synonyms = [
            part
            for column in ("Synonyms", "MESHSynonyms", "CTDCuratedSynonyms")
            for part in split_fields(row.get(column, ""))
        ]
        name = row["ChemicalName"].strip()
        cas = row.get("CasRN", "").strip()
        return Concept(
            row["ChemicalID"].strip(),
            name,
            distinct(synonyms, but=name),
            types=("Chemical",),
            definition=row.get("Definition", "").strip(),
            xrefs=(f"CAS:{cas}",) if cas else (),
            parents=split_fields(row["ParentIDs"]),
        )

    return source.concepts(parse)


def read_drugbank_open(source: Source) -> Iterator[Concept]:
    """The drugs of DrugBank's open vocabulary (`drugbank vocabulary.csv`)."""
    path = source.path
    lines = (line for _, line in numbered_lines(path))
    table = csv.DictReader(lines)
    for row in _csv_rows(table, path):
        name = (row["Common name"] or "").strip()
        xrefs = [
            f"{prefix}:{row[column].strip()}"
            for prefix, column in (("CAS", "CAS"), ("UNII", "UNII"))
            if row.get(column)
        ]
        accession = split_fields(row.get("Accession Numbers") or "")
        own = (row["DrugBank ID"] or "").strip()
        if not own or not name:
            source.skip("rows without an id or a name", str(row), path, table.line_num)
            continue
        yield Concept(
            own,
            name,
            distinct(split_fields(row["Synonyms"] or ""), but=name),
            distinct(accession, but=own),
            ("Chemical",),
            xrefs=tuple(xrefs),
        )


def _csv_rows(table: csv.DictReader[str], path: Path) -> Iterator[dict[str, str]]:
    needed = ("DrugBank ID", "Common name", "Synonyms")
    try:
        if missing := [column for column in needed if column not in (table.fieldnames or ())]:
            lacks = ", ".join(missing)
            raise KnowledgeBaseError(f"{path}, line 1: the header lacks {lacks}; is it DrugBank's vocabulary?")
        yield from table
    except csv.Error as error:
        raise KnowledgeBaseError(f"{path}, line {table.line_num}: {error}; check the quotes.") from error
