"""CTD's disease vocabulary: a TSV whose comment header names the columns under `# Fields:`."""

from collections.abc import Iterator
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept
from .text import read_concepts, split_fields

_NEEDED = ("DiseaseName", "DiseaseID", "AltDiseaseIDs", "Definition", "Synonyms")


def read_ctd(path: str | Path) -> Iterator[Concept]:
    """The diseases of a CTD file, with definitions, alternative ids and synonyms."""
    return read_concepts(path, _CtdParser())


class _CtdParser:
    """Reads the header as it passes, then rows by column name."""

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._header_follows = False

    def __call__(self, line: str) -> Concept | None:
        if line.startswith("#"):
            self._read_comment(line.removeprefix("#").strip())
            return None
        return self._concept(line.split("\t"))

    def _read_comment(self, text: str) -> None:
        if self._header_follows:
            self._columns = text.split("\t")
        self._header_follows = text == "Fields:"

    def _concept(self, fields: list[str]) -> Concept:
        if missing := [column for column in _NEEDED if column not in self._columns]:
            raise KnowledgeBaseError(f"the `# Fields:` header lacks {', '.join(missing)}; keep CTD's comment lines")
        if len(fields) != len(self._columns):
            raise KnowledgeBaseError(f"expected {len(self._columns)} columns, got {len(fields)}; check the tabs")
        row = dict(zip(self._columns, fields, strict=True))
        return Concept(
            concept_id=row["DiseaseID"].strip(),
            name=row["DiseaseName"].strip(),
            synonyms=split_fields(row["Synonyms"]),
            alt_ids=split_fields(row["AltDiseaseIDs"]),
            types=("Disease",),
            definition=row["Definition"].strip(),
        )
