"""Rows of ids of different lengths in two arrays."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_array

from ..errors import KnowledgeBaseError

IntArray = NDArray[np.int32]


class Ragged(NamedTuple):
    """Rows of different lengths, laid end to end: row i is `values[offsets[i]:offsets[i + 1]]`.

    The values are int32, or a narrower type that holds them all.
    """

    values: NDArray[Any]
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

    def as_type(self, dtype: DTypeLike) -> "Ragged":
        """The same rows, their values stored as `dtype`."""
        return Ragged(self.values.astype(dtype, copy=False), self.offsets)

    def take(self, index: NDArray[np.int64]) -> "Ragged":
        """The rows numbered `index`, in that order."""
        lengths = self.lengths[index]
        offsets = offsets_of(lengths)
        # Where each value lies: half the memory where 32 bits can tell.
        place = np.int32 if max(self.offsets[-1], offsets[-1]) < 2**31 else np.int64
        where = np.repeat((self.offsets[index] - offsets[:-1]).astype(place), lengths)
        np.add(where, np.arange(offsets[-1], dtype=place), out=where)
        return Ragged(self.values[where], offsets)

    def sums(self, table: NDArray[Any]) -> NDArray[Any]:
        """Of each row the sum of the lines of a `table` (n, width) that its values number: (n_rows, width)."""
        ones = np.ones(len(self.values), table.dtype)
        shape = len(self.lengths), len(table)
        summed: NDArray[Any] = csr_array((ones, self.values, self.offsets), shape=shape) @ table
        return summed

    def joined(self, *others: "Ragged") -> "Ragged":
        """These rows and those of the others behind them."""
        parts = (self, *others)
        lengths = np.concatenate([part.lengths for part in parts])
        return Ragged(np.concatenate([part.values for part in parts]), offsets_of(lengths))


def offsets_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where each row starts and the last one ends: (n_rows + 1,)."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
