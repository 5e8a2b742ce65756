"""Which rows a key stands for, when several may share it and some changed since they were packed."""

from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

import pygtrie


class FindsRows(Protocol):
    """What finds the rows of a key."""

    def __len__(self) -> int:
        """How many keys there are."""

    def rows(self, text: str, /) -> tuple[int, ...]:
        """The rows of a key, none of an unknown one."""


class RowIndex:
    """key -> rows: those of `base`, which stays as it is, unless they are in `changed`. Keys without rows are none."""

    def __init__(self, base: FindsRows) -> None:
        self._base, self._n_keys = base, len(base)
        self.changed: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return self._n_keys

    def rows(self, key: str) -> tuple[int, ...]:
        """The rows of `key`, none when it is unknown; those of the base in its order, others as they came."""
        changed = self.changed.get(key)
        return self._base.rows(key) if changed is None else changed

    def changed_from(self, beginning: str) -> Iterator[str]:
        """The changed keys that begin so and have rows, in order."""
        return iter(self._by_letter.keys(beginning) if self._by_letter.has_node(beginning) else ())

    def add(self, key: str, row: int) -> None:
        """Let `key` stand for `row` too."""
        self._change(key, (*self.rows(key), row))

    def discard(self, key: str, row: int) -> None:
        """Let `key` no longer stand for `row`."""
        self._change(key, tuple(other for other in self.rows(key) if other != row))

    @cached_property
    def _by_letter(self) -> pygtrie.CharTrie:
        """The changed keys that have rows; made when it is first asked for, and kept up from then on."""
        trie = pygtrie.CharTrie((key, True) for key, rows in self.changed.items() if rows)
        trie.enable_sorting()
        return trie

    def _change(self, key: str, rows: tuple[int, ...]) -> None:
        self._n_keys += bool(rows) - bool(self.rows(key))
        self.changed[key] = rows
        if "_by_letter" in self.__dict__:
            if rows:
                self._by_letter[key] = True
            else:
                self._by_letter.pop(key, None)
