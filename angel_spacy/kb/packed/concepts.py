"""Concepts in a few flat arrays that can be memory-mapped: read only, and read where they are asked for."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from ...arrays.files import Arrays
from ...arrays.ragged import Ragged, offsets_of
from ...arrays.texts import TextPool
from ...errors import KnowledgeBaseError
from ..concept import Concept, known
from ..identifiers import fold_id
from ..normalise import get_normaliser
from .lookup import Lookup

P = ParamSpec("P")
T = TypeVar("T")


class Labels(NamedTuple):
    """What many concepts and names share, each once: the sets of types, and the languages, of which 0 is none."""

    type_sets: tuple[tuple[str, ...], ...]
    languages: tuple[str, ...] = ("",)


NO_LANGUAGES: Arrays = {"language": np.zeros(0, np.uint16)}
"""What names of unknown languages have; a KB that was stored in format 4 lacks it."""

NO_RELATIONS: Arrays = {
    "xrefs": np.zeros(0, np.uint8),
    "xrefs_offsets": np.zeros(1, np.int32),
    "xref_row": np.zeros(0, np.int32),
    "parents": np.zeros(0, np.uint8),
    "parents_offsets": np.zeros(1, np.int32),
    "parent_row": np.zeros(0, np.int32),
}
"""What concepts without xrefs and parents have; a KB that was stored in format 3 lacks these arrays."""


def _telling_of_damage(read: Callable[P, T]) -> Callable[P, T]:
    """The function; what damaged arrays make it raise becomes a KnowledgeBaseError with the remedy."""

    @wraps(read)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except (IndexError, ValueError) as error:  # a UnicodeDecodeError is a ValueError
            if isinstance(error, KnowledgeBaseError):
                raise
            raise KnowledgeBaseError(
                f"The knowledge base is damaged ({error}); find the file with `angel kb check`, or build it again."
            ) from error

    return told


class PackedConcepts:
    """Concepts in rows 0 .. n_rows - 1, and what finds them. Integers are int32 unless another type is said.

    X, X_offsets        texts end to end, see `TextPool`: spellings, ids, alt_ids, definitions, xrefs, parents,
                        seen_names
    first_spelling      (n_rows + 1,) spellings of row i are first_spelling[i] .. first_spelling[i + 1] - 1
    type_set            (n_rows,) uint16 or int32: number of the concept's types in `labels`
    language            (n_spellings,) or (0,), uint16 or int32: number of the spelling's languages in `labels`
    alt_row             (n_alt_ids,) row of each alternative id, ascending
    definition_row      (n_definitions,) row of each definition, ascending; so are
    xref_row            (n_xrefs,) and
    parent_row          (n_parents,)
    name_spelling       (n_names,) by normalised name, sorted: a spelling of it, in the first of its rows
    homonym             (n_homonyms,) numbers of the names that mean several rows, ascending
    homonym_offsets     (n_homonyms + 1,) the rows of homonym i, in order, are
    homonym_rows        homonym_rows[homonym_offsets[i]:homonym_offsets[i + 1]]
    id_order            (n_rows,) rows by folded id
    alt_order           (n_alt_ids,) numbers of alternative ids by folded id
    seen_row            (n_seen,) row that seen_names[i] was seen to mean,
    seen_count          (n_seen,) int64: so often

    Normalised names and folded ids are made from the spellings: the normaliser must do what it did when it was packed.
    `prefixes` are those that ids may go without, see `bare_prefixes`; `fold` folds ids accordingly.
    """

    def __init__(
        self, arrays: Arrays, labels: Labels, normaliser: str, prefixes: frozenset[str], fingerprint: str
    ) -> None:
        self.arrays, self.labels, self.normaliser, self.fingerprint = arrays, labels, normaliser, fingerprint
        self.prefixes, self.fold = prefixes, partial(fold_id, bare=prefixes)
        self._normalise = get_normaliser(normaliser)
        self._views = {name: array.data for name, array in arrays.items()}
        self._spellings, self._ids, self._alt_ids, self._definitions, self._xrefs, self._parents = map(
            self._pool, ("spellings", "ids", "alt_ids", "definitions", "xrefs", "parents")
        )
        self.n_rows = len(self._ids)
        self.names = Lookup(len(arrays["name_spelling"]), self._name, self._name_rows)
        self.ids = Lookup(self.n_rows, self._folded_id, self._id_rows)
        self.alt_ids = Lookup(len(self._alt_ids), self._folded_alt_id, self._alt_id_rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.arrays, self.labels, self.normaliser, self.prefixes, self.fingerprint)

    @_telling_of_damage
    def concept(self, row: int) -> Concept:
        """The concept in one of the rows."""
        views = self._views
        first, end = views["first_spelling"][row : row + 2]
        name, *synonyms = self._spellings.between(first, end)
        definition_row = views["definition_row"]
        definition = bisect_left(definition_row, row)
        return Concept(
            self._ids[row],
            name,
            tuple(synonyms),
            _of_row(self._alt_ids, views["alt_row"], row),
            self.labels.type_sets[views["type_set"][row]],
            self._definitions[definition] if _is_at(definition_row, definition, row) else "",
            _of_row(self._xrefs, views["xref_row"], row),
            _of_row(self._parents, views["parent_row"], row),
            known(self.labels.languages[number] for number in views["language"][first:end]),
        )

    @_telling_of_damage
    def id_and_types(self, row: int) -> tuple[str, tuple[str, ...]]:
        """Those of the concept in one of the rows."""
        return self._ids[row], self.labels.type_sets[self._views["type_set"][row]]

    @_telling_of_damage
    def name_rows(self) -> Ragged:
        """The rows of every name, in order: as many as `names`. O(n_names)."""
        owner = np.repeat(np.arange(self.n_rows, dtype=np.int32), np.diff(self.arrays["first_spelling"]))
        lengths = np.ones(len(self.names), np.int64)
        lengths[self.arrays["homonym"]] = np.diff(self.arrays["homonym_offsets"])
        rows = np.repeat(owner[self.arrays["name_spelling"]], lengths)
        rows[np.repeat(lengths > 1, lengths)] = self.arrays["homonym_rows"]
        return Ragged(rows, offsets_of(lengths))

    @_telling_of_damage
    def seen(self) -> dict[tuple[str, str], int]:
        """(name, concept id) -> how often it was seen."""
        names, (rows, counts) = self._pool("seen_names"), (self._views[name] for name in ("seen_row", "seen_count"))
        return {(names[i], self._ids[rows[i]]): counts[i] for i in range(len(names))}

    def _pool(self, name: str) -> TextPool:
        return TextPool(self.arrays[name], self.arrays[f"{name}_offsets"])

    @_telling_of_damage
    def _name(self, i: int) -> str:
        return self._normalise(self._spellings[self._views["name_spelling"][i]])

    @_telling_of_damage
    def _name_rows(self, i: int) -> tuple[int, ...]:
        homonyms = self._views["homonym"]
        k = bisect_left(homonyms, i)
        if _is_at(homonyms, k, i):
            start, stop = self._views["homonym_offsets"][k : k + 2]
            return tuple(self._views["homonym_rows"][start:stop])
        return (bisect_right(self._views["first_spelling"], self._views["name_spelling"][i]) - 1,)

    @_telling_of_damage
    def _folded_id(self, i: int) -> str:
        return self.fold(self._ids[self._views["id_order"][i]])

    def _id_rows(self, i: int) -> tuple[int, ...]:
        return (self._views["id_order"][i],)

    @_telling_of_damage
    def _folded_alt_id(self, i: int) -> str:
        return self.fold(self._alt_ids[self._views["alt_order"][i]])

    @_telling_of_damage
    def _alt_id_rows(self, i: int) -> tuple[int, ...]:
        return (self._views["alt_row"][self._views["alt_order"][i]],)


def _of_row(pool: TextPool, rows: memoryview, row: int) -> tuple[str, ...]:
    return pool.between(bisect_left(rows, row), bisect_right(rows, row))


def _is_at(rows: memoryview, place: int, row: int) -> bool:
    return place < len(rows) and rows[place] == row
