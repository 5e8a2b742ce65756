"""The names of a knowledge base that lie nearest to a wording, by a name encoder."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..arrays.files import map_arrays, save_arrays
from ..arrays.ragged import Ragged
from ..kb import KnowledgeBase
from ..models.name_encoder import KINDS, NameEncoder, log_softmax
from ..models.precision import default_precision
from .index import renumbered

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

_QUERIES = 64  # compared at a time
_GROUP = 8  # names whose best stands for all of them in the first look
_SPARE_SLOTS = 1024  # for names that come, before all are put in slots anew
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
    """The vectors of a KB's names, each in a slot of its own, and what kind of thing each concept is.

    Both follow the KB when it changes, at the price of what changed: a name that goes leaves its slot to another.
    """

    def __init__(self, kb: KnowledgeBase, encoder: NameEncoder, stored: Path | None = None) -> None:
        """`stored`: what `to_disk` wrote for this KB, as it is now, and this encoder. Raises one of
        `arrays.files.DAMAGE` where it is something else."""
        self.encoder = encoder
        self.kb = kb
        self._fill(stored)

    def to_disk(self, folder: Path) -> None:
        """Writes the vectors; who reads them as `stored` has them memory-mapped, shared with others on the machine."""
        basis = {} if self._basis is None else {"basis": self._basis.numpy()}
        rough = self._rough_vectors().view(torch.uint8).numpy()
        save_arrays(folder, {"vectors": self._vectors, "kinds": self._name_kinds, "rough": rough, **basis})

    def _fill(self, stored: Path | None = None) -> None:
        """Puts all names into slots, with spare ones behind them."""
        self._basis: Tensor | None = None  # what the first look sees; None: all
        self._rough: Tensor | None = None
        n_names = self.kb.n_names
        if stored is None:
            vectors, kinds = _encoded(self.encoder, self.kb.names())
            n_slots = _n_slots(n_names)
            self._vectors, self._name_kinds = _padded_to(vectors, n_slots), _padded_to(kinds, n_slots)
            self._basis = _directions(vectors) if n_names >= _MANY else None
        else:
            self._map(stored)
        self._version = self.kb.version
        self._slot_of = np.arange(n_names)
        self._rows = self.kb.name_rows()
        self._kinds = self._kinds_of_concepts()

    def _map(self, stored: Path) -> None:
        arrays = map_arrays(stored)
        self._vectors, self._name_kinds = arrays["vectors"], arrays["kinds"]
        if self._vectors.shape != (_n_slots(self.kb.n_names), self.encoder.width):
            raise ValueError(f"{stored} holds the vectors of other names")
        if "basis" in arrays:
            self._basis = torch.from_numpy(arrays["basis"])
        rough = torch.from_numpy(arrays["rough"]).view(_first_precision())
        if rough.shape == (len(self._vectors), _COLUMNS if "basis" in arrays else self.encoder.width):
            self._rough = rough  # else written where another precision is best

    def vectors(self) -> Floats:
        """(n_names, width) of `kb.names()`, as the KB is now."""
        self._follow()
        vectors: Floats = self._vectors[self._slot_of]
        return vectors

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
        number_of = np.full(len(self._vectors), -1)
        kept = slice(None) if allowed is None else allowed
        number_of[self._slot_of[kept]] = np.arange(len(self._slot_of))[kept]
        found = []
        for start in range(0, len(queries), _QUERIES):
            found += self._best(torch.from_numpy(queries[start : start + _QUERIES]), k, torch.from_numpy(number_of))
        return found

    def cosines(self, vector: Floats, numbers: Sequence[int]) -> Floats:
        """(n,) of a wording's vector and the names with these numbers."""
        cosines: Floats = self._vectors[self._slot_of[list(numbers)]] @ vector
        return cosines

    def _best(self, queries: Tensor, k: int, number_of: Tensor) -> list[Near]:
        """The `k` names with the highest cosines: they lie in the `k` groups with the highest best one.

        Group i of n holds the slots i, i + n, i + 2n … `number_of` (n_slots,): the name in each, -1 for none.
        """
        is_empty = number_of < 0
        k = min(k, len(number_of) - int(is_empty.sum()))
        if not k:
            return [Near(np.arange(0), np.zeros(0, np.float32), query) for query in queries.numpy()]
        rough = self._first_look(queries)
        is_restricted = int(is_empty.sum()) > len(number_of) - len(self._slot_of)
        if is_restricted or len(self._slot_of) < _MANY:  # among many names the best are far above the 0 of empty slots
            rough.masked_fill_(is_empty, -2.0)
        n_groups = len(number_of) // _GROUP
        chosen = rough.view(len(queries), _GROUP, n_groups).amax(1).topk(min(k + _SPARE, n_groups), dim=1).indices
        slots = (chosen[:, :, None] + n_groups * torch.arange(_GROUP)).flatten(1)
        slots = slots.gather(1, number_of[slots].argsort(dim=1, stable=True))  # the first of equals is the first name
        cosines = (torch.from_numpy(self._vectors)[slots] @ queries[:, :, None])[:, :, 0]
        best = cosines.masked_fill(is_empty[slots], -2.0).topk(k, dim=1)
        found = number_of[slots.gather(1, best.indices)]
        return [Near(*one) for one in zip(found.numpy(), best.values.numpy(), queries.numpy(), strict=True)]

    def _first_look(self, queries: Tensor) -> Tensor:
        """(n_queries, n_slots) cosines, roughly."""
        return self._seen(queries) @ self._rough_vectors().T

    def _rough_vectors(self) -> Tensor:
        if self._rough is None:
            self._rough = self._seen(torch.from_numpy(self._vectors))
        return self._rough

    def _seen(self, vectors: Tensor) -> Tensor:
        """Vectors in the columns and the precision of the first look."""
        seen = vectors if self._basis is None else vectors @ self._basis
        return seen.to(_first_precision())

    def _follow(self) -> None:
        kb = self.kb
        if kb.version == self._version:
            return
        numbers, new = renumbered(kb, self._version)
        is_gone = numbers < 0
        gone = self._slot_of[is_gone]
        free = np.setdiff1d(np.arange(len(self._vectors)), self._slot_of[~is_gone], assume_unique=True)
        if len(free) < len(new):
            self._fill()
            return
        touched = self._rows.take(np.flatnonzero(is_gone)).values.tolist()
        slot_of = np.empty(len(self._slot_of) - len(gone) + len(new), np.int64)
        slot_of[numbers[~is_gone]], slot_of[new] = self._slot_of[~is_gone], free[: len(new)]
        self._vectors[gone] = 0
        names = kb.names()
        vectors, kinds = _encoded(self.encoder, [names[i] for i in new.tolist()])
        self._vectors[slot_of[new]], self._name_kinds[slot_of[new]] = vectors, kinds
        if self._rough is not None:
            changed = torch.from_numpy(np.concatenate([gone, slot_of[new]]))
            self._rough[changed] = self._seen(torch.from_numpy(self._vectors)[changed])
        self._slot_of, self._version, self._rows = slot_of, kb.version, kb.name_rows()
        touched += self._rows.take(new).values.tolist()
        self._kinds = self._kinds_with(sorted(set(touched)))

    def _kinds_of_concepts(self) -> Floats:
        rows = self._rows
        name_of = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
        n_rows = int(rows.values.max()) + 1 if len(rows.values) else 0
        sums = np.zeros((n_rows, len(KINDS)), np.float32)
        np.add.at(sums, rows.values, self._name_kinds[self._slot_of[name_of]])
        counts = np.bincount(rows.values, minlength=n_rows).astype(np.float32)
        return log_softmax(sums / np.maximum(counts, 1)[:, None])

    def _kinds_with(self, rows: Sequence[int]) -> Floats:
        """The kinds of all concepts, those in `rows` anew."""
        n_rows = max([len(self._kinds), *(row + 1 for row in rows)])
        kinds = _padded_to(self._kinds, n_rows)
        names = self.kb.names()
        for row in rows:
            known = self.kb.id_and_types(row) is not None
            numbers = [bisect_left(names, name) for name in self.kb.names_of(row)] if known else []
            sums = self._name_kinds[self._slot_of[numbers]].sum(0) if numbers else np.zeros(len(KINDS), np.float32)
            kinds[row] = log_softmax((sums / max(len(numbers), 1))[None])[0]
        return kinds


def _n_slots(n_names: int) -> int:
    return -(-(n_names + max(_SPARE_SLOTS, n_names // 64)) // _GROUP) * _GROUP


def _first_precision() -> torch.dtype:
    found: torch.dtype = getattr(torch, default_precision("cpu"))
    return found


def _padded_to(table: Floats, n: int) -> Floats:
    """The table with lines of 0 behind it, n in all."""
    return np.concatenate([table, np.zeros((n - len(table), table.shape[1]), np.float32)])


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
