"""Names as vectors, so that names of one concept lie close, and what kind of thing a name names.

Each word, and each of its character 2- to 5-grams with its edges marked, picks a row of a table by a hash. Added up and
brought to length 1, the rows are the name's vector (as in fastText, Bojanowski et al. 2017, equation 1); the mean of
further columns says what kind of thing it is. What makes synonyms of names that share no letters is the table: see
`angel_spacy.training.name_encoder`. Beside it a network over word pieces may stand (`name_network.py`): then the two
vectors are laid end to end, and a cosine is the mean of the two cosines.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ..arrays.ragged import Ragged, offsets_of
from ..errors import ModelError
from ..files import whole
from .name_network import NameReader
from .rounding import restored, rounded

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

KINDS = ("disease", "chemical", "organism", "anatomy", "other")
"""What a name can name."""

_SHORTEST, _LONGEST = 2, 5  # characters of a piece
_FORMAT = "angel_spacy.NameEncoder.v1"
_READER = "reader."
_TINY = np.finfo(np.float32).tiny
_NO_ROWS = np.zeros(0, np.int32)


def pieces(word: str) -> list[str]:
    """The word, and its pieces between the marks of its edges."""
    marked = f"<{word}>"
    lengths = range(_SHORTEST, _LONGEST + 1)
    return [f"={word}", *(marked[i : i + n] for n in lengths for i in range(len(marked) - n + 1))]


def rows_of(word: str, n_rows: int) -> Rows:
    """The rows of a table with `n_rows` that the pieces of a word pick; some may be the same."""
    return np.array([crc32(piece.encode()) % n_rows for piece in pieces(word)], np.int64)


class NameEncoder:
    """The tables: `vectors` (n_rows, columns) float32 and `kinds` (n_rows, len(KINDS)) float32. `reader`, where there
    is one, reads word pieces."""

    def __init__(self, vectors: Floats, kinds: Floats, reader: NameReader | None = None) -> None:
        self._columns = vectors.shape[1]
        self.reader = reader
        self.width = self._columns + (reader.width if reader else 0)
        self._table = np.hstack([vectors, kinds])
        n_rows = len(self._table)
        # names are made of few words
        self._rows_of = lru_cache(100_000)(lambda word: rows_of(word, n_rows).astype(np.int32))

    def encode(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Of normalised names: vectors (n, width) of length 1, and the log-probability of each of KINDS (n, n_kinds).

        For an empty name zeros, and all kinds alike. With a `reader` the width is that of both.
        """
        sums, n_pieces = self._sums(names)
        vectors, logits = _long_one(sums[:, : self._columns]), sums[:, self._columns :] / n_pieces
        if self.reader:
            vectors = _long_one(np.hstack([vectors, self.reader.encode(names)]))
        return vectors, log_softmax(logits)

    def _sums(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Of each name the sum of its words' rows (n, columns), and one more than they are (n, 1)."""
        number: dict[str, int] = {}
        words = Ragged.of([[number.setdefault(word, len(number)) for word in name.split()] for name in names])
        parts = [self._rows_of(word) for word in number]
        rows = Ragged(np.concatenate([*parts, _NO_ROWS]), offsets_of(np.array(list(map(len, parts)), np.int64)))
        n_pieces: Floats = np.float32(1) + words.sums(rows.lengths.astype(np.float32)[:, None])
        return words.sums(rows.sums(self._table)), n_pieces

    def to_bytes(self) -> bytes:
        """The tables as int8 with a scale for each row, as safetensors: a quarter of their size in memory."""
        stored = rounded("vectors", self._table[:, : self._columns]) | rounded("kinds", self._table[:, self._columns :])
        if self.reader:
            stored |= {f"{_READER}{name}": array for name, array in self.reader.arrays().items()}
        data: bytes = save(stored, metadata={"format": _FORMAT})
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "NameEncoder":
        """Reads what `to_bytes` gave. Raises ModelError."""
        try:
            stored: dict[str, Any] = load(data)
            own = {name.removeprefix(_READER): array for name, array in stored.items() if name.startswith(_READER)}
            reader = NameReader.from_arrays(own) if own else None
            return cls(restored("vectors", stored), restored("kinds", stored), reader)
        except (SafetensorError, KeyError, ValueError, IndexError) as error:
            raise ModelError(f"This is no name encoder ({error!r}). Restore it or train it again.") from error

    def to_file(self, path: Path) -> None:
        """Writes `to_bytes`, all or nothing."""
        with whole(path) as fresh:
            fresh.write_bytes(self.to_bytes())

    @classmethod
    def from_file(cls, path: Path) -> "NameEncoder":
        """Reads what `to_file` wrote. Raises ModelError."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror}). Restore it or train it again.") from error
        return cls.from_bytes(data)


def log_softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    scores: Floats = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return scores


def _long_one(vectors: Floats) -> Floats:
    """Brought to length 1; zeros stay."""
    brought: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY)
    return brought
