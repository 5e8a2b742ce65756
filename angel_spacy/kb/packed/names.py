"""The names of a KB in order: those that were packed, and what was changed since."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from .lookup import Lookup


class SortedNames(Sequence[str]):
    """Distinct normalised names, sorted. A name is made when it is asked for; a slice is a list."""

    def __init__(self, key: Callable[[int], str], order: Sequence[int] | NDArray[np.int64]) -> None:
        self._key, self._order = key, order

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self._key(int(i)) for i in self._order[place]]
        return self._key(int(self._order[place]))

    def __iter__(self) -> Iterator[str]:
        return map(self._key, map(int, self._order))

    def __contains__(self, name: object) -> bool:
        place = bisect_left(self, name) if isinstance(name, str) else len(self)
        return place < len(self) and self[place] == name

    def __repr__(self) -> str:
        return f"<SortedNames: {len(self)}>"


class ChangedNames:
    """The names of `base`, but for those in `changed`: name -> rows, none for a name that is gone.

    `order` (n_names,) numbers the names in their order: i stands for name i of the base, n_base + k for `new[k]`.
    """

    def __init__(self, base: Lookup, changed: Mapping[str, tuple[int, ...]]) -> None:
        self._base = base
        self.new = sorted(name for name, rows in changed.items() if rows)
        self.order = self._merged(changed)

    def key(self, number: int) -> str:
        """The name with a number of `order`."""
        return self._base.key(number) if number < len(self._base) else self.new[number - len(self._base)]

    def _merged(self, changed: Mapping[str, tuple[int, ...]]) -> NDArray[np.int64]:
        kept = np.ones(len(self._base), bool)
        for name in changed:
            place = self._base.place(name)
            if self._base.holds(place, name):
                kept[place] = False
        places = np.array([self._base.place(name) for name in self.new], np.int64)
        places = np.concatenate([[0], np.cumsum(kept)])[places]  # among those that are kept
        return np.insert(np.flatnonzero(kept), places, len(self._base) + np.arange(len(self.new)))
