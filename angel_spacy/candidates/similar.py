"""The names of a knowledge base that lie nearest to a wording, by a name encoder."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..kb import KnowledgeBase
from ..models.name_encoder import KINDS, NameEncoder, log_softmax
from .index import renumbered

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

_QUERIES = 64  # compared at a time
_BLOCK = 64  # names whose best stands for all of them in the first look
_CHUNK = 20_000  # names that are encoded at a time


@dataclass(frozen=True)
class Near:
    """What lies near one wording: numbers of names (n,), best first, and their cosines (n,)."""

    numbers: Numbers
    cosines: Floats


class SimilarNames:
    """The vectors of a KB's names, of `kb.names()` one a row, and what kind of thing each concept is.

    Both follow the KB when it changes.
    """

    def __init__(self, kb: KnowledgeBase, encoder: NameEncoder) -> None:
        self.encoder = encoder
        self.kb = kb
        self._version = kb.version
        self._vectors, self._name_kinds = _encoded(encoder, kb.names())
        self._kinds = self._kinds_of_concepts()

    def vectors(self) -> Floats:
        """(n_names, width), as the KB is now."""
        self._follow()
        return self._vectors

    def kinds(self) -> Floats:
        """(n_rows, n_kinds) log-probabilities of KINDS for the concept of each row, from the names that it has."""
        self._follow()
        return self._kinds

    def nearest(self, wordings: Sequence[str], k: int) -> list[Near]:
        """The `k` nearest names of each normalised wording; all are compared."""
        self._follow()
        queries, _ = self.encoder.encode(wordings)
        found = []
        for start in range(0, len(queries), _QUERIES):
            found += _best(queries[start : start + _QUERIES], self._vectors, k)
        return found

    def cosines(self, wording: str, numbers: Sequence[int]) -> Floats:
        """(n,) of a wording and the names with these numbers."""
        query, _ = self.encoder.encode([wording])
        cosines: Floats = self._vectors[list(numbers)] @ query[0]
        return cosines

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
        self._kinds = self._kinds_of_concepts()

    def _kinds_of_concepts(self) -> Floats:
        rows = self.kb.name_rows()
        name_of = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
        n_rows = int(rows.values.max()) + 1 if len(rows.values) else 0
        sums = np.zeros((n_rows, len(KINDS)), np.float32)
        np.add.at(sums, rows.values, self._name_kinds[name_of])
        counts = np.bincount(rows.values, minlength=n_rows).astype(np.float32)
        return log_softmax(sums / np.maximum(counts, 1)[:, None])


def _encoded(encoder: NameEncoder, names: Sequence[str]) -> tuple[Floats, Floats]:
    parts = [encoder.encode(names[start : start + _CHUNK]) for start in range(0, len(names), _CHUNK)]
    parts = parts or [encoder.encode([])]
    vectors, kinds = zip(*parts, strict=True)
    return np.concatenate(vectors), np.concatenate(kinds)


def _placed(old: Floats, new: Floats, old_at: Numbers, new_at: Numbers) -> Floats:
    together = np.empty((len(old) + len(new), old.shape[1]), np.float32)
    together[old_at], together[new_at] = old, new
    return together


def _best(queries: Floats, vectors: Floats, k: int) -> list[Near]:
    """The `k` names with the highest cosines, exactly: they lie in the `k` blocks with the highest best one."""
    k = min(k, len(vectors))
    if not k:
        return [Near(np.arange(0), np.zeros(0, np.float32)) for _ in queries]
    cosines = torch.from_numpy(queries) @ torch.from_numpy(vectors).T
    padded = torch.nn.functional.pad(cosines, (0, -len(vectors) % _BLOCK), value=-2.0)
    blocks = padded.view(len(queries), -1, _BLOCK)
    places = blocks.amax(2).topk(min(k, blocks.shape[1]), dim=1).indices.sort(dim=1).values
    within = blocks.gather(1, places[:, :, None].expand(-1, -1, _BLOCK)).flatten(1)
    best = within.topk(k, dim=1)
    numbers = places.gather(1, best.indices // _BLOCK) * _BLOCK + best.indices % _BLOCK
    return [Near(*pair) for pair in zip(numbers.numpy(), best.values.numpy(), strict=True)]
