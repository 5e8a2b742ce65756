"""Negative-aware fine-tuning: mine a chunk with the current model, prefer right to wrong on it, go on (on-policy)."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor

from ..decode.index import NameIndex
from ..models.generator import Generator
from .batching import PairCollator
from .data import TrainingData, names_by_row
from .examples import NamedMention
from .mining import PreferencePair, mine
from .preference import PairBatch, pair_log_probs, preference_loss, preference_margin
from .recipe import PreferenceSchedule


@dataclass(frozen=True)
class ChunkMetrics:
    """What happened in one chunk. `reward_accuracy`: pairs whose margin was above 0 when they were learnt from."""

    n_mentions: int
    n_pairs: int
    loss: float
    margin: float
    reward_accuracy: float
    mining_seconds: float
    learning_seconds: float


Save = Callable[[Generator, Path], None]


def prefer(
    generator: Generator, data: TrainingData, schedule: PreferenceSchedule, folder: Path, *, seed: int, save: Save
) -> Generator:
    """The generator after one pass over the annotated mentions, in chunks that are decoded as it goes.

    Mined against the KB without the training mentions. Each chunk's generator and metrics are kept in `folder`;
    a stopped run goes on behind the last one.
    """
    names = names_by_row(data.kb)
    index = NameIndex.build(data.kb, generator.prompter)
    dealt = chunks(data.mentions, schedule.n_chunks, seed)
    for i, mentions in enumerate(dealt[: schedule.stop_after or None]):
        target = folder / f"chunk-{i}" / "generator"
        if target.exists():
            generator = Generator.from_folder(target)
            continue
        started = time.perf_counter()
        pairs = list(mine(generator, index, names, mentions, top=schedule.top))
        mined = time.perf_counter()
        Random(f"{seed} pairs {i}").shuffle(pairs)
        losses, margins = learn(generator, pairs, schedule)
        metrics = ChunkMetrics(
            n_mentions=len(mentions),
            n_pairs=len(pairs),
            loss=_mean(losses),
            margin=_mean(margins),
            reward_accuracy=_mean([float(margin > 0) for margin in margins]),
            mining_seconds=mined - started,
            learning_seconds=time.perf_counter() - mined,
        )
        save(generator, target)
        (folder / f"chunk-{i}" / "metrics.json").write_text(
            json.dumps(asdict(metrics), indent=2) + "\n", encoding="utf8"
        )
    return generator


def chunks(mentions: Sequence[NamedMention], n: int, seed: int) -> list[list[NamedMention]]:
    """The mentions shuffled and dealt to `n` chunks."""
    shuffled = list(mentions)
    Random(f"{seed} chunks").shuffle(shuffled)
    return [shuffled[i::n] for i in range(n)]


def learn(
    generator: Generator, pairs: Sequence[PreferencePair], schedule: PreferenceSchedule
) -> tuple[list[float], list[float]]:
    """One pass over the pairs, the network changed in place; losses by batch and margins by pair.

    The reference is the network as it comes in: its log-probabilities are computed first. Dropout is off in both.
    """
    network, collate = generator.network.eval(), PairCollator(generator.prompter)
    batches = [
        PairBatch(
            **{name: value.to(generator.device) for name, value in collate(pairs[i : i + schedule.batch_size]).items()}
        )
        for i in range(0, len(pairs), schedule.batch_size)
    ]

    def log_probs(batch: PairBatch) -> Tensor:
        with torch.autocast(generator.device.type, torch.bfloat16, enabled=schedule.bf16):
            return pair_log_probs(network, batch)

    with torch.no_grad():
        references = [log_probs(batch) for batch in batches]
    optimizer = torch.optim.AdamW(network.parameters(), schedule.learning_rate, weight_decay=schedule.weight_decay)
    losses: list[float] = []
    margins: list[float] = []
    for batch, reference in zip(batches, references, strict=True):
        policy = log_probs(batch)
        loss = preference_loss(policy, reference, beta=schedule.beta)
        _step(network, optimizer, loss, schedule.max_grad_norm)
        losses.append(loss.item())
        margins += preference_margin(policy.detach(), reference).tolist()
    return losses, margins


def _step(network: Any, optimizer: torch.optim.Optimizer, loss: Tensor, max_grad_norm: float) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(network.parameters(), max_grad_norm)
    optimizer.step()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
