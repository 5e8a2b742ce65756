"""Concepts in rows, and what finds them: ids, alternative ids and normalised names."""

from collections.abc import Iterable, Iterator

from angel_spacy.kb.concept import Concept
from angel_spacy.kb.identifiers import fold_id
from angel_spacy.kb.row_index import RowIndex


class ConceptTable:
    """Rows of concepts with their indices. A row that was emptied stays empty, so rows keep their meaning."""

    def __init__(self) -> None:
        self._concepts: list[Concept | None] = []
        self._row_of_id: dict[str, int] = {}
        self._alt_id_rows = RowIndex()
        self.name_rows = RowIndex()

    def __len__(self) -> int:
        return len(self._row_of_id)

    def __iter__(self) -> Iterator[Concept]:
        return (concept for concept in self._concepts if concept is not None)

    @property
    def n_rows(self) -> int:
        """How many rows there are, empty ones included: the row of the next new concept."""
        return len(self._concepts)

    def at(self, row: int) -> Concept | None:
        """The concept in `row`, None when the row is empty or never was."""
        return self._concepts[row] if 0 <= row < len(self._concepts) else None

    def row_of(self, concept_id: str) -> int | None:
        """The row whose primary id this is."""
        return self._row_of_id.get(fold_id(concept_id))

    def resolve(self, concept_id: str) -> int | None:
        """The row whose primary id this is, else the first row that has it as an alternative id."""
        row = self.row_of(concept_id)
        return min(self._alt_id_rows.rows(fold_id(concept_id)), default=None) if row is None else row

    def link(self, row: int, concept: Concept, names: Iterable[str]) -> None:
        """Put `concept` with its distinct normalised `names` into an empty row, or into the next one."""
        if row == len(self._concepts):
            self._concepts.append(concept)
        self._concepts[row] = concept
        self._row_of_id[fold_id(concept.concept_id)] = row
        for alt_id in dict.fromkeys(map(fold_id, concept.alt_ids)):
            self._alt_id_rows.add(alt_id, row)
        for name in names:
            self.name_rows.add(name, row)

    def unlink(self, row: int, concept: Concept, names: Iterable[str]) -> None:
        """Empty a row: the reverse of `link`."""
        self._concepts[row] = None
        del self._row_of_id[fold_id(concept.concept_id)]
        for alt_id in map(fold_id, concept.alt_ids):
            self._alt_id_rows.discard(alt_id, row)
        for name in names:
            self.name_rows.discard(name, row)
