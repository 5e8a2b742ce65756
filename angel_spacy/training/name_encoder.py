"""Clusters of synonyms -> a name encoder: two names of one shall be nearer than those of any others in the batch.

The table of pieces first, then for the kinds a softmax regression on the same pieces (fastText, Joulin et al. 2017),
and where a generator is given the network over its word pieces. Minutes on one processor core.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize
from torch.optim import SparseAdam

from ..arrays.ragged import Ragged
from ..models.generator import Generator
from ..models.name_encoder import KINDS, NameEncoder, rows_of
from .descent import descend
from .name_network import train_reader
from .name_pairs import NamePairs, both_ways
from .sections import EncoderSettings

Numbers = NDArray[np.int64]

_START = 0.1  # spread of the first vectors
_KIND_RATE = 0.05


def train_encoder(
    clusters: Sequence[Sequence[str]],
    weights: Sequence[float],
    kinds: Iterable[tuple[str, int]],
    settings: EncoderSettings,
    *,
    generator: Generator | None = None,
    seed: int = 0,
) -> NameEncoder:
    """`clusters[i]` are normalised names of one thing, drawn by `weights[i]`; `kinds` are names with their numbers in
    KINDS. With a `generator`, a network that reads its word pieces is trained too. Raises ConfigError when no cluster
    has two names."""
    pairs = NamePairs(clusters, weights)
    vectors = _vectors(pairs, settings, seed)
    named = list(dict.fromkeys(kinds))
    table = _kinds(named, settings, seed) if named else torch.zeros(settings.rows, len(KINDS))
    reader = train_reader(pairs, generator, settings, seed=seed) if generator else None
    return NameEncoder(vectors.numpy(), table.numpy(), reader)


def _vectors(pairs: NamePairs, settings: EncoderSettings, seed: int) -> Tensor:
    """(rows, width)."""
    pieces = _pieces(pairs.names, settings.rows)
    bags = torch.nn.EmbeddingBag(settings.rows, settings.width, mode="sum", sparse=True)
    _start(bags, pieces, seed)
    rng = np.random.default_rng(seed)

    def loss() -> Tensor:
        one, other = pairs.draw(settings.batch_size, rng)
        left, right = (normalize(bags(*_bag(pieces, some)), dim=1) for some in (one, other))
        return both_ways(left, right, settings.temperature)

    descend(SparseAdam(bags.parameters(), lr=settings.learning_rate), loss, settings.steps, "names")
    return bags.weight.detach()


def _kinds(named: Sequence[tuple[str, int]], settings: EncoderSettings, seed: int) -> Tensor:
    """(rows, len(KINDS)): every kind is drawn as often as any other that there is."""
    pieces = _pieces([name for name, _ in named], settings.rows)
    kind = np.array([number for _, number in named])
    members = [found for i in range(len(KINDS)) if len(found := np.flatnonzero(kind == i))]
    bags = torch.nn.EmbeddingBag(settings.rows, len(KINDS), mode="mean", sparse=True)
    torch.nn.init.zeros_(bags.weight)
    rng, size = np.random.default_rng(seed), 2 * settings.batch_size // len(members)

    def loss() -> Tensor:
        drawn = np.concatenate([rng.choice(found, size) for found in members])
        return cross_entropy(bags(*_bag(pieces, drawn)), torch.from_numpy(kind[drawn]))

    descend(SparseAdam(bags.parameters(), lr=_KIND_RATE), loss, settings.kind_steps, "kinds")
    return bags.weight.detach()


def _start(bags: torch.nn.EmbeddingBag, pieces: Ragged, seed: int) -> None:
    """Small vectors at random, longer for rarer pieces: cosines begin as those of TF-IDF."""
    counts = np.bincount(pieces.values, minlength=bags.num_embeddings)
    rarity = np.log(len(pieces.lengths) / (1 + counts)).clip(min=0.1)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        drawn = torch.randn(bags.weight.shape, generator=generator)
        bags.weight.copy_(_START * drawn * torch.from_numpy(rarity).float()[:, None])


def _bag(pieces: Ragged, names: Numbers) -> tuple[Tensor, Tensor]:
    """What an EmbeddingBag takes: the rows of these names end to end, and where each begins."""
    taken = pieces.take(names)
    return torch.from_numpy(taken.values.astype(np.int64)), torch.from_numpy(taken.offsets[:-1])


def _pieces(names: Sequence[str], n_rows: int) -> Ragged:
    """The rows of a table that each name's pieces pick."""
    of_word = lru_cache(500_000)(lambda word: rows_of(word, n_rows).astype(np.int32))
    parts = [np.concatenate([of_word(word) for word in name.split()]) for name in names]
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return Ragged(np.concatenate(parts), offsets)
