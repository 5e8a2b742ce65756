"""Two names of one thing at a time, many things in a batch, and the loss that makes the two alike."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from ..arrays.ragged import Ragged
from ..errors import ConfigError

Numbers = NDArray[np.int64]

_LONGEST = 100  # characters of a name: longer ones stand in vocabularies alone


class NamePairs:
    """The names of things that have two or more; `names` are those of all, end to end."""

    def __init__(self, clusters: Sequence[Sequence[str]], weights: Sequence[float]) -> None:
        """`clusters[i]` are normalised names of one thing, drawn by `weights[i]`. ConfigError when none has two."""
        short = [[name for name in dict.fromkeys(own) if len(name) <= _LONGEST] for own in clusters]
        used = [i for i, own in enumerate(short) if len(own) > 1 and weights[i] > 0]
        if not used:
            raise ConfigError("No concept has two names, and a name encoder learns from synonyms: give KBs with some.")
        self.names = [name for i in used for name in short[i]]
        self._numbers = Ragged.of(_numbered(short[i] for i in used))
        shares = np.array([weights[i] for i in used])
        self._bounds = (shares / shares.sum()).cumsum()

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
        """Numbers of two different names of each of `n` things or fewer, as none comes twice."""
        things = np.unique(np.searchsorted(self._bounds, rng.random(n)).clip(max=len(self._bounds) - 1))
        sizes, starts = self._numbers.lengths[things], self._numbers.offsets[things]
        one = (rng.random(len(things)) * sizes).astype(np.int64)
        other = (rng.random(len(things)) * (sizes - 1)).astype(np.int64)
        other += other >= one
        numbers = self._numbers.values
        return numbers[starts + one].astype(np.int64), numbers[starts + other].astype(np.int64)


def both_ways(left: Tensor, right: Tensor, temperature: float) -> Tensor:
    """In-batch softmax over the cosines of vectors (n, width) of length 1, row i of both being names of thing i.

    InfoNCE (van den Oord et al. 2018) in both directions, as in CLIP (Radford et al. 2021).
    """
    similar, own = left @ right.T / temperature, torch.arange(len(left))
    return (cross_entropy(similar, own) + cross_entropy(similar.T, own)) / 2


def _numbered(clusters: Iterable[Sequence[str]]) -> list[range]:
    """The numbers of the names of each cluster when all are laid end to end."""
    made, start = [], 0
    for own in clusters:
        made.append(range(start, start + len(own)))
        start += len(own)
    return made
