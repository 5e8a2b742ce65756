"""Which rows a key stands for, when several may share it."""


class RowIndex:
    """key -> rows, in the order they came. Keys without rows do not exist."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def keys(self) -> list[str]:
        """The keys, sorted."""
        return sorted(self._rows)

    def rows(self, key: str) -> tuple[int, ...]:
        """The rows of `key`, none when it is unknown."""
        return self._rows.get(key, ())

    def add(self, key: str, row: int) -> None:
        """Let `key` stand for `row` too."""
        self._rows[key] = (*self._rows.get(key, ()), row)

    def discard(self, key: str, row: int) -> None:
        """Let `key` no longer stand for `row`."""
        if left := tuple(other for other in self.rows(key) if other != row):
            self._rows[key] = left
        else:
            self._rows.pop(key, None)
