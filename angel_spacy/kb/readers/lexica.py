"""Names that others collected: lexica in SSSLM's table, Gilda's terms, and SSSOM's mappings."""

from collections.abc import Iterator
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept
from ..identifiers import fold_id
from .source import Source, chosen, distinct, numbered_lines, rows

_NEEDED = ("text", "curie", "name", "predicate")
_CLOSE = ("rdfs:label", "oboInOwl:hasExactSynonym")
_EXACT = "skos:exactMatch"


def read_ssslm(source: Source) -> Iterator[Concept]:
    """The things that a lexicon names, with labels and exact synonyms; not with narrower or broader names."""
    path = source.path
    names: dict[str, dict[str, None]] = {}
    columns: list[str] = []
    for number, line in numbered_lines(path):
        fields = line.split("\t")
        if not columns:
            columns = _columns(path, fields)
            continue
        if len(fields) != len(columns):
            raise KnowledgeBaseError(
                f"{path}, line {number}: expected {len(columns)} columns, got {len(fields)}; check the tabs."
            )
        text, curie, label, predicate = (fields[columns.index(column)].strip() for column in _NEEDED)
        if fold_id(curie) and label:
            own = names.setdefault(curie, {label: None})
            if predicate in _CLOSE and text:
                own[text] = None
            elif text:
                source.skip(f"names that are not exact ({predicate})", f"{curie} {text!r}", path, number)
    for curie, own in names.items():
        label, *others = own
        yield Concept(curie, label, tuple(others))


def read_gilda(
    source: Source, *, status: str = "name,synonym,curated,previous", species: str = ""
) -> Iterator[Concept]:
    """Gilda's table of terms: names by their `status`; `species` are taxonomy ids, "" for all."""
    path = source.path
    kinds, organisms = chosen(status), chosen(species)
    names: dict[str, dict[str, None]] = {}
    for number, row in rows(path, "text", "db", "id", "entry_name", "status"):
        local, prefix = row["id"], row["db"]
        curie = local if local.upper().startswith(f"{prefix.upper()}:") else f"{prefix}:{local}"
        if kinds and row["status"] not in kinds:
            source.skip(f"names with another status ({row['status']})", f"{curie} {row['text']!r}", path, number)
        elif organisms and row.get("organism") and row["organism"] not in organisms:
            source.skip("names of other species", f"{curie} {row['text']!r}", path, number)
        else:
            names.setdefault(curie, {row["entry_name"] or row["text"]: None})[row["text"]] = None
    for curie, own in names.items():
        name, *others = own
        yield Concept(curie, name, tuple(others))


def read_sssom(source: Source, *, predicates: str = _EXACT) -> Iterator[Concept]:
    """The subjects of a mapping set (SSSOM/TSV), with the labels of the objects that they are mapped to by one of
    `predicates` as synonyms, and their ids as xrefs."""
    path, wanted = source.path, chosen(predicates)
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for number, row in rows(path, "subject_id", "subject_label", "predicate_id", "object_id", comment="#"):
        what = f"{row['subject_id']} to {row['object_id']}"
        if wanted and row["predicate_id"] not in wanted:
            source.skip(f"mappings of another kind ({row['predicate_id']})", what, path, number)
        elif row.get("predicate_modifier", "").lower() == "not":
            source.skip("mappings that are said not to be", what, path, number)
        elif not row["subject_label"]:
            source.skip("mappings of subjects without a label", what, path, number)
        else:
            names, xrefs = found.setdefault(row["subject_id"], ({row["subject_label"]: None}, {}))
            names[row.get("object_label", "")] = None
            xrefs[row["object_id"]] = None
    for subject, (names, xrefs) in found.items():
        name, *others = distinct(names)
        yield Concept(subject, name, tuple(others), xrefs=distinct(xrefs))


def _columns(path: Path, header: list[str]) -> list[str]:
    if missing := [column for column in _NEEDED if column not in header]:
        raise KnowledgeBaseError(f"{path}, line 1: the header lacks {', '.join(missing)}; is it an SSSLM table?")
    return header
