"""Normalised names in order, and the rows that each means: the preferred name's first, then the most often seen."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...arrays.files import Arrays
from ...arrays.ragged import offsets_of
from ...arrays.text_order import text_order
from ...arrays.texts import Ints, PoolWriter
from .fingerprint import digest_of

_BLOCK = 1 << 16  # names whose digests are made at a time


class NameTable:
    """Pairs of a name and a row that it means, sorted by name: all fields (n_pairs,), but `starts` (n_names + 1,)."""

    def __init__(self, names: PoolWriter, first_spelling: Ints, seen_row: Ints, seen_count: Ints) -> None:
        """`names` are the normalised spellings of the rows (some may be ""), then the names that were seen."""
        n_spellings = int(first_spelling[-1])
        self._data, self._offsets = names.arrays()
        order, group = text_order(self._data, self._offsets)
        group_of = np.empty(len(order), np.int64)
        group_of[order] = group
        is_name = (order < n_spellings) & (self._offsets[order + 1] > self._offsets[order])
        spelling, name = order[is_name], group[is_name]
        row = np.repeat(np.arange(len(first_spelling) - 1), np.diff(first_spelling))[spelling]
        is_new = _differs(name) | _differs(row)  # a row may spell a name in several ways: the first counts
        self._spelling, self._row, name = spelling[is_new], row[is_new], name[is_new]
        self._starts = np.append(np.flatnonzero(_differs(name)), len(name))
        self._is_homonym = np.diff(self._starts) > 1
        unlike = name != group_of[first_spelling[self._row]]  # unlike the preferred name
        self._sort_homonyms(name, unlike, _Counts(group_of[n_spellings:], seen_row, seen_count))

    def arrays(self) -> Arrays:
        """The arrays of `PackedConcepts` that say which rows a name means."""
        lengths = np.diff(self._starts)[self._is_homonym]
        rows = self._row[np.repeat(self._is_homonym, np.diff(self._starts))]
        arrays = {
            "name_spelling": self._spelling[self._starts[:-1]],
            "homonym": np.flatnonzero(self._is_homonym),
            "homonym_offsets": offsets_of(lengths),
            "homonym_rows": rows,
        }
        return {name: array.astype(np.int32) for name, array in arrays.items()}

    def digest(self) -> int:
        """The digest of all names with their rows; see `fingerprint`."""
        return digest_of(self._names_and_rows())

    def _names_and_rows(self) -> Iterator[tuple[bytes, tuple[int, ...]]]:
        data = self._data.data
        for first in range(0, len(self._starts) - 1, _BLOCK):
            bounds = self._starts[first : first + _BLOCK + 1]
            rows, places = self._row[bounds[0] : bounds[-1]].tolist(), (bounds - bounds[0]).tolist()
            spelling = self._spelling[bounds[:-1]]
            texts = zip(self._offsets[spelling].tolist(), self._offsets[spelling + 1].tolist(), strict=True)
            for (a, b), start, stop in zip(texts, places[:-1], places[1:], strict=True):
                yield bytes(data[a:b]), tuple(rows[start:stop])

    def _sort_homonyms(self, name: NDArray[np.int64], unlike: NDArray[np.bool_], counts: "_Counts") -> None:
        of_homonym = np.flatnonzero(np.repeat(self._is_homonym, np.diff(self._starts)))
        name, row, unlike = name[of_homonym], self._row[of_homonym], unlike[of_homonym]
        sorting = of_homonym[np.lexsort((row, -counts.of(name, row), unlike, name))]
        self._row[of_homonym], self._spelling[of_homonym] = self._row[sorting], self._spelling[sorting]


class _Counts:
    """How often a name was seen to mean a row."""

    def __init__(self, name: NDArray[np.int64], row: Ints, count: Ints) -> None:
        pairs = name << 32 | row
        order = np.argsort(pairs)
        self._pairs, self._counts = pairs[order], count[order]

    def of(self, name: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
        """The counts of pairs of a name and a row: (n,)."""
        wanted = name << 32 | row
        places = np.searchsorted(self._pairs, wanted)
        found = np.append(self._pairs, -1)[places] == wanted
        return np.where(found, np.append(self._counts, 0)[places], 0)


def _differs(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each value differs from the one before: (n,); the first does."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]
