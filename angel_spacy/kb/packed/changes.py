"""Which rows a key stands for, when several may share it and some changed since they were packed."""

from typing import Protocol


class Rows(Protocol):
    """What finds the rows of a key."""

    def __len__(self) -> int:
        """How many keys there are."""

    def rows(self, text: str, /) -> tuple[int, ...]:
        """The rows of a key, none of an unknown one."""


class RowIndex:
    """key -> rows: those of `base`, which stays as it is, unless they are in `changed`. Keys without rows are none."""

    def __init__(self, base: Rows) -> None:
        self._base, self._n_keys = base, len(base)
        self.changed: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return self._n_keys

    def rows(self, key: str) -> tuple[int, ...]:
        """The rows of `key`, none when it is unknown; those of the base in its order, others as they came."""
        changed = self.changed.get(key)
        return self._base.rows(key) if changed is None else changed

    def add(self, key: str, row: int) -> None:
        """Let `key` stand for `row` too."""
        self._change(key, (*self.rows(key), row))

    def discard(self, key: str, row: int) -> None:
        """Let `key` no longer stand for `row`."""
        self._change(key, tuple(other for other in self.rows(key) if other != row))

    def _change(self, key: str, rows: tuple[int, ...]) -> None:
        self._n_keys += bool(rows) - bool(self.rows(key))
        self.changed[key] = rows
