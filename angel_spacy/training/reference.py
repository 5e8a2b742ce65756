"""The reference of a preference stage: log-probabilities of the pairs' names under the network as it was."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..files import whole
from ..models.forced import NameBatch, name_log_probs
from ..models.generator import Generator
from ..objectives.batching import PairCollator
from ..objectives.pairs import PreferencePair


def with_reference(collate: PairCollator) -> Callable[[Sequence[tuple[PreferencePair, Tensor]]], dict[str, Tensor]]:
    """Collates pairs that come with their row of the reference: the fields of a NameBatch, and `reference` (P, 2)."""

    def collated(examples: Sequence[tuple[PreferencePair, Tensor]]) -> dict[str, Tensor]:
        pairs, rows = zip(*examples, strict=True)
        return {**collate(pairs), "reference": torch.stack(rows)}

    return collated


def write_reference(
    generator: Generator, pairs: Sequence[PreferencePair], batch_size: int, path: Path, *, bf16: bool = False
) -> None:
    """An array (P, 2) float32 of the pairs' names under the generator, which computes as training will."""
    with torch.autocast(generator.device.type, torch.bfloat16, enabled=bf16):
        rows = list(_log_probs(generator, pairs, batch_size))
    with whole(path) as fresh:
        np.save(fresh, torch.cat(rows).numpy() if rows else np.zeros((0, 2), np.float32))


def read_reference(path: Path) -> Tensor:
    """(P, 2) float32: what `write_reference` wrote."""
    return torch.from_numpy(np.load(path, allow_pickle=False))


def _log_probs(generator: Generator, pairs: Sequence[PreferencePair], batch_size: int) -> Iterator[Tensor]:
    """(batch, 2), batch by batch, on the processor."""
    network, collate = generator.network.eval(), PairCollator(generator.prompter)
    for i in range(0, len(pairs), batch_size):
        batch = NameBatch(**collate(pairs[i : i + batch_size])).to(generator.device)
        with torch.no_grad():
            yield name_log_probs(network, batch).cpu()
