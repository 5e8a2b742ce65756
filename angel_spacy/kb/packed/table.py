"""Concepts in rows, and what finds them: packed ones that stay as they are, and over them what was changed."""

from collections.abc import Iterable, Iterator

from ..concept import Concept
from .changes import RowIndex
from .concepts import PackedConcepts


class ConceptTable:
    """Rows of concepts with their indices. A row that was emptied stays empty, so rows keep their meaning."""

    def __init__(self, base: PackedConcepts) -> None:
        self.base, self._fold = base, base.fold
        self.n_rows = base.n_rows
        self._changed: dict[int, Concept | None] = {}
        self._ids, self._alt_ids = RowIndex(base.ids), RowIndex(base.alt_ids)
        self.name_rows = RowIndex(base.names)

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Concept]:
        return (concept for row in range(self.n_rows) if (concept := self.at(row)) is not None)

    def at(self, row: int) -> Concept | None:
        """The concept in `row`, None when the row is empty or never was."""
        if row in self._changed:
            return self._changed[row]
        return self.base.concept(row) if 0 <= row < self.base.n_rows else None

    def id_and_types(self, row: int) -> tuple[str, tuple[str, ...]] | None:
        """Of the concept in `row`; None when it is empty."""
        if row in self._changed:
            concept = self._changed[row]
            return None if concept is None else (concept.concept_id, concept.types)
        return self.base.id_and_types(row)

    def row_of(self, concept_id: str) -> int | None:
        """The row whose primary id this is."""
        return next(iter(self._ids.rows(self._fold(concept_id))), None)

    def resolve(self, concept_id: str) -> int | None:
        """The row whose primary id this is, else the first row that has it as an alternative id."""
        row = self.row_of(concept_id)
        return min(self._alt_ids.rows(self._fold(concept_id)), default=None) if row is None else row

    def link(self, row: int, concept: Concept, names: Iterable[str]) -> None:
        """Put `concept` with its distinct normalised `names` into an empty row, or into the next one."""
        self.n_rows = max(self.n_rows, row + 1)
        self._changed[row] = concept
        self._ids.add(self._fold(concept.concept_id), row)
        for alt_id in dict.fromkeys(map(self._fold, concept.alt_ids)):
            self._alt_ids.add(alt_id, row)
        for name in names:
            self.name_rows.add(name, row)

    def unlink(self, row: int, concept: Concept, names: Iterable[str]) -> None:
        """Empty a row: the reverse of `link`."""
        self._changed[row] = None
        self._ids.discard(self._fold(concept.concept_id), row)
        for alt_id in dict.fromkeys(map(self._fold, concept.alt_ids)):
            self._alt_ids.discard(alt_id, row)
        for name in names:
            self.name_rows.discard(name, row)
