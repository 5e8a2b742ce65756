"""The names of a knowledge base that lie nearest to a wording, by a name encoder."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..arrays.ragged import Ragged
from ..kb import KnowledgeBase
from ..models.name_encoder import KINDS, NameEncoder, log_softmax
from ..models.precision import default_precision
from .index import renumbered

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

_QUERIES = 64  # compared at a time
_GROUP = 8  # names whose best stands for all of them in the first look
_SPARE = 30  # groups more than are needed, where the first look is not exact
_MANY = 30_000  # names, from which on the first look is at fewer columns
_COLUMNS = 128
_SAMPLE = 20_000  # names whose vectors say which columns tell most
_CHUNK = 20_000  # names that are encoded at a time


@dataclass(frozen=True)
class Near:
    """What lies near a wording, whose vector is (width,): numbers of names (n,), best first, and their cosines (n,)."""

    numbers: Numbers
    cosines: Floats
    vector: Floats


class SimilarNames:
    """The vectors of a KB's names, of `kb.names()` one a row, and what kind of thing each concept is.

    Both follow the KB when it changes.
    """

    def __init__(self, kb: KnowledgeBase, encoder: NameEncoder) -> None:
        self.encoder = encoder
        self.kb = kb
        self._version = kb.version
        self._vectors, self._name_kinds = _encoded(encoder, kb.names())
        self._rows = kb.name_rows()
        self._kinds = self._kinds_of_concepts()
        self._rough: Tensor | None = None
        self._basis: Tensor | None = None  # (width, _COLUMNS): what the first look sees; None: all

    def vectors(self) -> Floats:
        """(n_names, width), as the KB is now."""
        self._follow()
        return self._vectors

    def kinds(self) -> Floats:
        """(n_rows, n_kinds) log-probabilities of KINDS for the concept of each row, from the names that it has."""
        self._follow()
        return self._kinds

    def rows(self) -> Ragged:
        """The rows of each of `kb.names()`, in the order of `rows_of`: what the KB makes anew at each call, kept."""
        self._follow()
        return self._rows

    def nearest(self, wordings: Sequence[str], k: int, allowed: NDArray[np.bool_] | None = None) -> list[Near]:
        """The `k` nearest names of each normalised wording, of those that are `allowed` (n_names,); all are compared.

        The first look is not exact where there are _MANY names, which are then compared in the _COLUMNS directions in
        which they differ most, nor where the processor multiplies bfloat16: of ten nearest names one may be missed now
        and then, the nearest next to never.
        """
        self._follow()
        queries, _ = self.encoder.encode(wordings)
        left_out = None if allowed is None else torch.from_numpy(~allowed)
        found = []
        for start in range(0, len(queries), _QUERIES):
            found += self._best(torch.from_numpy(queries[start : start + _QUERIES]), k, left_out)
        return found

    def cosines(self, vector: Floats, numbers: Sequence[int]) -> Floats:
        """(n,) of a wording's vector and the names with these numbers."""
        cosines: Floats = self._vectors[list(numbers)] @ vector
        return cosines

    def _best(self, queries: Tensor, k: int, left_out: Tensor | None) -> list[Near]:
        """The `k` names with the highest cosines: they lie in the `k` groups with the highest best one.

        Group i of n holds the names i, i + n, i + 2n … `left_out`: a mask (n_names,), or None.
        """
        k = min(k, len(self._vectors) if left_out is None else int((~left_out).sum()))
        if not k:
            return [Near(np.arange(0), np.zeros(0, np.float32), query) for query in queries.numpy()]
        padded = self._padded
        n_groups = len(padded) // _GROUP
        seen = queries if self._basis is None else queries @ self._basis
        rough = seen.to(padded.dtype) @ padded.T
        if left_out is not None:
            rough[:, : len(left_out)].masked_fill_(left_out, -2.0)
        rough = rough.view(len(queries), _GROUP, n_groups).amax(1)
        chosen = rough.topk(min(k + _SPARE, n_groups), dim=1).indices
        numbers = (chosen[:, :, None] + n_groups * torch.arange(_GROUP)).flatten(1).sort(dim=1).values
        vectors = torch.from_numpy(self._vectors)
        known = numbers.clamp(max=len(vectors) - 1)
        cosines = (vectors[known] @ queries[:, :, None])[:, :, 0]
        is_none = numbers >= len(vectors) if left_out is None else (numbers >= len(vectors)) | left_out[known]
        best = cosines.masked_fill(is_none, -2.0).topk(k, dim=1)
        found = numbers.gather(1, best.indices)
        return [Near(*one) for one in zip(found.numpy(), best.values.numpy(), queries.numpy(), strict=True)]

    @property
    def _padded(self) -> Tensor:
        """The vectors in the precision and the columns of the first look, zeros behind the last up to a multiple of
        _GROUP."""
        if self._rough is None:
            vectors = torch.from_numpy(self._vectors)
            if len(vectors) < _MANY:
                self._basis = None
            elif self._basis is None:
                self._basis = _directions(self._vectors)
            seen = vectors if self._basis is None else vectors @ self._basis
            padded = torch.nn.functional.pad(seen, (0, 0, 0, -len(vectors) % _GROUP))
            self._rough = padded.to(getattr(torch, default_precision("cpu")))
        return self._rough

    def _follow(self) -> None:
        kb = self.kb
        if kb.version == self._version:
            return
        numbers, new = renumbered(kb, self._version)
        kept, names = numbers >= 0, kb.names()
        fresh = _encoded(self.encoder, [names[i] for i in new.tolist()])
        self._vectors = _placed(self._vectors[kept], fresh[0], numbers[kept], new)
        self._name_kinds = _placed(self._name_kinds[kept], fresh[1], numbers[kept], new)
        self._version = kb.version
        self._rows = kb.name_rows()
        self._kinds = self._kinds_of_concepts()
        self._rough = None

    def _kinds_of_concepts(self) -> Floats:
        rows = self._rows
        name_of = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
        n_rows = int(rows.values.max()) + 1 if len(rows.values) else 0
        sums = np.zeros((n_rows, len(KINDS)), np.float32)
        np.add.at(sums, rows.values, self._name_kinds[name_of])
        counts = np.bincount(rows.values, minlength=n_rows).astype(np.float32)
        return log_softmax(sums / np.maximum(counts, 1)[:, None])


def _directions(vectors: Floats) -> Tensor:
    """(width, _COLUMNS) orthonormal: the directions in which the vectors have most of their length."""
    some = vectors[:: max(1, len(vectors) // _SAMPLE)]
    _, found = np.linalg.eigh(some.T @ some)
    return torch.from_numpy(np.ascontiguousarray(found[:, ::-1][:, :_COLUMNS], np.float32))


def _encoded(encoder: NameEncoder, names: Sequence[str]) -> tuple[Floats, Floats]:
    vectors = np.empty((len(names), encoder.width), np.float32)
    kinds = np.empty((len(names), len(KINDS)), np.float32)
    for start in range(0, len(names), _CHUNK):
        part = slice(start, start + _CHUNK)
        vectors[part], kinds[part] = encoder.encode(names[part])
    return vectors, kinds


def _placed(old: Floats, new: Floats, old_at: Numbers, new_at: Numbers) -> Floats:
    together = np.empty((len(old) + len(new), old.shape[1]), np.float32)
    together[old_at], together[new_at] = old, new
    return together
