"""Which rows a key stands for, by binary search in an order of keys that are not stored but made when needed."""

from collections.abc import Callable
from typing import Any

_REMEMBERED = 256  # the search remembers its first steps: at most a key in so many


class Lookup:
    """Keys in ascending order, the i-th of which is `key(i)` and stands for `rows_at(i)`."""

    def __init__(self, n_keys: int, key: Callable[[int], str], rows_at: Callable[[int], tuple[int, ...]]) -> None:
        self.key, self.rows_at = key, rows_at
        self._n_keys = n_keys
        self._known: dict[int, str] = {}

    def __len__(self) -> int:
        return self._n_keys

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_known": {}}

    def place(self, text: str) -> int:
        """Where `text` is, or would be: the first place whose key is not before it."""
        low, high = 0, self._n_keys
        while low < high:
            middle = (low + high) // 2
            if self._key(middle, high - low) < text:
                low = middle + 1
            else:
                high = middle
        return low

    def holds(self, place: int, text: str) -> bool:
        """Whether `text` is the key at `place`."""
        return place < self._n_keys and self.key(place) == text

    def rows(self, text: str) -> tuple[int, ...]:
        """The rows that `text` stands for, each once; none when it is no key. Equal keys add up."""
        place, rows = self.place(text), dict[int, None]()
        while self.holds(place, text):
            rows |= dict.fromkeys(self.rows_at(place))
            place += 1
        return tuple(rows)

    def _key(self, place: int, width: int) -> str:
        key = self._known.get(place)
        if key is None:
            key = self.key(place)
            if width > _REMEMBERED:
                self._known[place] = key
        return key
