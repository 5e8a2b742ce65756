"""CTD's vocabularies: TSV whose comment header names the columns under `# Fields:`."""

from collections.abc import Iterator

from ...errors import KnowledgeBaseError
from ..concept import Concept
from .source import Source, split_fields


def read_ctd(source: Source) -> Iterator[Concept]:
    """The diseases of a CTD file, with definitions, alternative ids and synonyms."""
    table = CtdTable("DiseaseName", "DiseaseID", "AltDiseaseIDs", "Definition", "Synonyms")

    def parse(line: str) -> Concept | None:
        row = table.row(line)
        if row is None:
            return None
        return Concept(
            concept_id=row["DiseaseID"].strip(),
            name=row["DiseaseName"].strip(),
            synonyms=split_fields(row["Synonyms"]),
            alt_ids=split_fields(row["AltDiseaseIDs"]),
            types=("Disease",),
            definition=row["Definition"].strip(),
            parents=split_fields(row.get("ParentIDs", "")),
        )

    return source.concepts(parse)


class CtdTable:
    """Reads the header as it passes, then rows by column name."""

    def __init__(self, *needed: str) -> None:
        self._needed = needed
        self._columns: list[str] = []
        self._header_follows = False

    def row(self, line: str) -> dict[str, str] | None:
        """Column -> text; None for a line of the header. Raises KnowledgeBaseError."""
        if line.startswith("#"):
            self._read_comment(line.removeprefix("#").strip())
            return None
        if missing := [column for column in self._needed if column not in self._columns]:
            raise KnowledgeBaseError(f"the `# Fields:` header lacks {', '.join(missing)}; keep CTD's comment lines")
        fields = line.split("\t")
        if len(fields) != len(self._columns):
            raise KnowledgeBaseError(f"expected {len(self._columns)} columns, got {len(fields)}; check the tabs")
        return dict(zip(self._columns, fields, strict=True))

    def _read_comment(self, text: str) -> None:
        if self._header_follows:
            self._columns = text.split("\t")
        self._header_follows = text == "Fields:"
