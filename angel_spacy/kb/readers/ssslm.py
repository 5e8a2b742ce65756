"""Name lexica in SSSLM's table: one name a row, with the id and the label of what it names, and how close it is."""

from collections.abc import Iterator
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept
from ..identifiers import fold_id
from .text import numbered_lines

_NEEDED = ("text", "curie", "name", "predicate")
_CLOSE = ("rdfs:label", "oboInOwl:hasExactSynonym")


def read_ssslm(path: str | Path) -> Iterator[Concept]:
    """The things that a lexicon names, with labels and exact synonyms; not with narrower or broader names."""
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
    for curie, own in names.items():
        label, *others = own
        yield Concept(curie, label, tuple(others))


def _columns(path: str | Path, header: list[str]) -> list[str]:
    if missing := [column for column in _NEEDED if column not in header]:
        raise KnowledgeBaseError(f"{path}, line 1: the header lacks {', '.join(missing)}; is it an SSSLM table?")
    return header
