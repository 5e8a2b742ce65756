"""Rows of ids of different lengths in two arrays."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import KnowledgeBaseError

IntArray = NDArray[np.int32]


class Ragged(NamedTuple):
    """Rows of different lengths, laid end to end: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: IntArray
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, rows: "Sequence[Sequence[int]] | Ragged") -> "Ragged":
        """`rows` laid end to end. Raises KnowledgeBaseError for a number that is no id."""
        if isinstance(rows, Ragged):
            return rows
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        values = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
        if values.size and not 0 <= values.min() <= values.max() < 2**31 - 1:
            raise KnowledgeBaseError("Ids must lie in 0 .. 2**31 - 2: tokenise the names with the model's tokenizer.")
        return cls(values.astype(np.int32), offsets_of(lengths))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How long each row is: (n_rows,)."""
        return np.diff(self.offsets)

    def take(self, index: NDArray[np.int64]) -> "Ragged":
        """The rows numbered `index`, in that order."""
        lengths = self.lengths[index]
        offsets = offsets_of(lengths)
        starts = np.repeat(self.offsets[index] - offsets[:-1], lengths)
        return Ragged(self.values[starts + np.arange(offsets[-1])], offsets)

    def joined(self, other: "Ragged") -> "Ragged":
        """These rows and the other's behind them."""
        offsets = np.concatenate([self.offsets, self.offsets[-1] + other.offsets[1:]])
        return Ragged(np.concatenate([self.values, other.values]), offsets)


def offsets_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where each row starts and the last one ends: (n_rows + 1,)."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
