"""Texts end to end in one array of UTF-8 bytes: a few bytes a text, decoded when it is asked for."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.integer[Any]]

_BLOCK = 1 << 16  # texts that are encoded at a time


class TextPool:
    """Text i is `data[offsets[i]:offsets[i + 1]]`; data (n_bytes,) uint8, offsets (n_texts + 1,) int32 or int64."""

    def __init__(self, data: Bytes, offsets: Ints) -> None:
        self._data, self._offsets = data.data, offsets.data  # memoryviews: far faster than an array for one item

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, i: int) -> str:
        return str(self._data[self._offsets[i] : self._offsets[i + 1]], "utf-8")

    def between(self, start: int, stop: int) -> tuple[str, ...]:
        """The texts start .. stop - 1."""
        bounds = self._offsets[start : stop + 1].tolist()
        return tuple(str(self._data[a:b], "utf-8") for a, b in pairwise(bounds))


class PoolWriter:
    """Collects texts for a pool, at little more than their bytes."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._lengths = array("i")
        self._waiting: list[str] = []

    def extend(self, texts: Iterable[str]) -> None:
        """Put `texts` behind those that are there."""
        self._waiting.extend(texts)
        if len(self._waiting) >= _BLOCK:
            self._encode()

    def __len__(self) -> int:
        return len(self._lengths) + len(self._waiting)

    def __iter__(self) -> Iterator[str]:
        return iter(TextPool(*self.arrays()))

    def arrays(self) -> tuple[Bytes, Ints]:
        """(data, offsets) of the pool; offsets are int32 where they fit."""
        self._encode()
        offsets = np.zeros(len(self._lengths) + 1, np.int64)
        np.cumsum(np.frombuffer(self._lengths, np.int32), out=offsets[1:])
        fits = len(self._data) < 2**31
        return np.frombuffer(self._data, np.uint8), offsets.astype(np.int32) if fits else offsets

    def _encode(self) -> None:
        encoded = [text.encode() for text in self._waiting]
        self._data += b"".join(encoded)
        self._lengths.extend(map(len, encoded))
        self._waiting.clear()
