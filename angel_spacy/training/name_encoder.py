"""Clusters of synonyms -> a name encoder: two names of a cluster shall be nearer than those of any other in the batch.

In-batch softmax over cosines both ways (InfoNCE, van den Oord et al. 2018; as CLIP, Radford et al. 2021), and for the
kinds a softmax regression on the same pieces (fastText, Joulin et al. 2017). Minutes on one processor core.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from ..arrays.ragged import Ragged
from ..errors import ConfigError
from ..models.name_encoder import KINDS, NameEncoder, rows_of
from .sections import EncoderSettings

Numbers = NDArray[np.int64]
Loss = Callable[[], Tensor]

_LONGEST = 100  # characters of a name: longer ones stand in vocabularies alone
_LOG_STEPS = 200
_START = 0.1  # spread of the first vectors
_KIND_RATE = 0.05

_LOGGER = logging.getLogger(__name__)


def train_encoder(
    clusters: Sequence[Sequence[str]],
    weights: Sequence[float],
    kinds: Iterable[tuple[str, int]],
    settings: EncoderSettings,
    *,
    seed: int = 0,
) -> NameEncoder:
    """`clusters[i]` are normalised names of one thing, drawn by `weights[i]`; `kinds` are names with their numbers in
    KINDS. Raises ConfigError when no cluster has two names."""
    vectors = _vectors(clusters, weights, settings, seed)
    named = list(dict.fromkeys(kinds))
    table = _kinds(named, settings, seed) if named else torch.zeros(settings.rows, len(KINDS))
    return NameEncoder(vectors.numpy(), table.numpy())


def _vectors(
    clusters: Sequence[Sequence[str]], weights: Sequence[float], settings: EncoderSettings, seed: int
) -> Tensor:
    """(rows, width)."""
    short = [[name for name in dict.fromkeys(own) if len(name) <= _LONGEST] for own in clusters]
    used = [i for i, own in enumerate(short) if len(own) > 1 and weights[i] > 0]
    if not used:
        raise ConfigError("No concept has two names, and a name encoder learns from synonyms: give KBs with some.")
    names = Ragged.of(_numbered(short[i] for i in used))
    pieces = _pieces([name for i in used for name in short[i]], settings.rows)
    bags = torch.nn.EmbeddingBag(settings.rows, settings.width, mode="sum", sparse=True)
    _start(bags, pieces, seed)
    shares = np.array([weights[i] for i in used])
    bounds, rng = (shares / shares.sum()).cumsum(), np.random.default_rng(seed)

    def loss() -> Tensor:
        drawn = np.unique(np.searchsorted(bounds, rng.random(settings.batch_size)).clip(max=len(used) - 1))
        one, other = _two(names, drawn, rng)
        left, right = (normalize(bags(*_bag(pieces, some)), dim=1) for some in (one, other))
        similar, own = left @ right.T / settings.temperature, torch.arange(len(drawn))
        return (cross_entropy(similar, own) + cross_entropy(similar.T, own)) / 2

    _descend(bags, loss, settings.steps, settings.learning_rate, "names")
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

    _descend(bags, loss, settings.kind_steps, _KIND_RATE, "kinds")
    return bags.weight.detach()


def _descend(bags: torch.nn.EmbeddingBag, loss: Loss, steps: int, rate: float, what: str) -> None:
    """Adam on the rows that a batch touches, its rate falling to zero."""
    optimizer = torch.optim.SparseAdam(bags.parameters(), lr=rate)
    total = 0.0
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * (1 - step / steps)
        optimizer.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()  # type: ignore[no-untyped-call]
        total += value.item()
        if (step + 1) % _LOG_STEPS == 0:
            _LOGGER.info("%s: step %d of %d, loss %.3f", what, step + 1, steps, total / _LOG_STEPS)
            total = 0.0


def _start(bags: torch.nn.EmbeddingBag, pieces: Ragged, seed: int) -> None:
    """Small vectors at random, longer for rarer pieces: cosines begin as those of TF-IDF."""
    counts = np.bincount(pieces.values, minlength=bags.num_embeddings)
    rarity = np.log(len(pieces.lengths) / (1 + counts)).clip(min=0.1)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        drawn = torch.randn(bags.weight.shape, generator=generator)
        bags.weight.copy_(_START * drawn * torch.from_numpy(rarity).float()[:, None])


def _two(names: Ragged, clusters: Numbers, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Two different names of each cluster, by number."""
    sizes, starts = names.lengths[clusters], names.offsets[clusters]
    one = (rng.random(len(clusters)) * sizes).astype(np.int64)
    other = (rng.random(len(clusters)) * (sizes - 1)).astype(np.int64)
    other += other >= one
    return names.values[starts + one].astype(np.int64), names.values[starts + other].astype(np.int64)


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


def _numbered(clusters: Iterable[Sequence[str]]) -> list[range]:
    """The numbers of the names of each cluster when all are laid end to end."""
    made, start = [], 0
    for own in clusters:
        made.append(range(start, start + len(own)))
        start += len(own)
    return made
