"""A preference stage: a chunk's pairs, one pass over them against the network as it was, judged on dev; the next chunk.

Whatever a chunk needs is a file of its folder: a killed run goes on where it was, to the same weights.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..files import whole
from ..models.generator import Generator
from ..objectives.batching import PairCollator
from ..objectives.pairs import PreferencePair, read_pairs, write_pairs
from ..objectives.preference import PairBatch, pair_log_probs, without_dropout
from .dev import Dev, mean
from .pairs import PairMaker
from .processes import device, once
from .recipe import PreferenceStage
from .trainer import PreferenceObjective, read_metrics, run_stage, write_metrics

GENERATOR, PAIRS, REFERENCE, METRICS = "generator", "pairs.jsonl", "reference.npy", "metrics.json"

Save = Callable[[Generator, Path], None]


class Preferring:
    """One preference stage in `folder`, from the generator in `start`."""

    def __init__(
        self, start: Path, folder: Path, stage: PreferenceStage, maker: PairMaker, dev: Dev, *, seed: int, save: Save
    ) -> None:
        self._start, self._folder = start, folder
        self._stage, self._maker, self._dev = stage, maker, dev
        self._seed, self._save = seed, save

    def run(self) -> Path:
        """The folder of the best generator on dev, before the first chunk or after any; without dev sets the last."""
        judged = [self._judged_start()]
        settings = self._stage.pairs
        for i in range(settings.stop_after or settings.n_chunks):
            if not self._generator(i).exists():
                self._learn_chunk(i)
            judged.append(read_metrics(self._chunk(i) / METRICS))
            if settings.patience and len(judged) - 1 - _best(judged) >= settings.patience:
                break
        best = _best(judged)
        once(self._folder / METRICS, lambda: write_metrics(_summary(judged, best), self._folder / METRICS))
        return self._generator(best - 1)

    def _judged_start(self) -> dict[str, Any]:
        path = self._folder / "start.json"
        once(path, lambda: write_metrics({"dev": self._dev.scores(self._load(-1))}, path))
        return read_metrics(path)

    def _learn_chunk(self, i: int) -> None:
        """Leaves the chunk's pairs, reference, generator and metrics in its folder."""
        chunk, schedule = self._chunk(i), self._stage.schedule
        on_policy = self._stage.pairs.on_policy
        clock = Clock()
        once(chunk / PAIRS, lambda: write_pairs(self._pairs(i, self._load(i - 1 if on_policy else -1)), chunk / PAIRS))
        pairs = list(read_pairs(chunk / PAIRS))
        mining_seconds = clock.lap()
        generator = self._load(i - 1)
        teacher = generator if on_policy else self._load(-1)
        once(chunk / REFERENCE, lambda: _write_reference(teacher, pairs, schedule.batch_size, chunk / REFERENCE))
        reference = torch.from_numpy(np.load(chunk / REFERENCE, allow_pickle=False))
        metrics: dict[str, Any] = {"n_pairs": len(pairs), "mining_seconds": mining_seconds}
        if pairs:
            metrics |= self._learn(generator, pairs, reference, chunk)
        metrics["learning_seconds"] = clock.lap()
        once(chunk / METRICS, lambda: write_metrics(metrics | {"dev": self._dev.scores(generator)}, chunk / METRICS))
        once(self._generator(i), lambda: self._save(generator, self._generator(i)))

    def _pairs(self, i: int, generator: Generator) -> list[PreferencePair]:
        pairs = self._maker.pairs(i, generator)
        Random(f"{self._seed} pairs {i}").shuffle(pairs)
        return pairs

    def _learn(
        self, generator: Generator, pairs: Sequence[PreferencePair], reference: Tensor, chunk: Path
    ) -> dict[str, float]:
        """One pass over the pairs, the network changed in place."""
        stage = self._stage
        objective = PreferenceObjective(stage.beta, stage.positive_weight, stage.by_token)
        collate = ReferenceCollator(PairCollator(generator.prompter))
        examples = list(zip(pairs, reference, strict=True))
        with without_dropout(generator.network):
            metrics = run_stage(
                generator.network, examples, collate, objective, self._stage.schedule, chunk, seed=self._seed
            )
        generator.network.eval()
        return metrics

    def _load(self, i: int) -> Generator:
        """The generator after chunk i; -1: the one that the stage starts from."""
        return Generator.from_folder(self._generator(i)).to(device(use_cpu=self._stage.schedule.use_cpu))

    def _generator(self, i: int) -> Path:
        return self._chunk(i) / GENERATOR if i >= 0 else self._start

    def _chunk(self, i: int) -> Path:
        return self._folder / f"chunk-{i}"


class ReferenceCollator:
    """The fields of a PairBatch with the reference's log-probabilities (P, 2)."""

    def __init__(self, collate: PairCollator) -> None:
        self._collate = collate

    def __call__(self, examples: Sequence[tuple[PreferencePair, Tensor]]) -> dict[str, Tensor]:
        """A batch of pairs, each with its row of the reference."""
        return {
            **self._collate([pair for pair, _ in examples]),
            "reference": torch.stack([reference for _, reference in examples]),
        }


def reference_log_probs(generator: Generator, pairs: Sequence[PreferencePair], batch_size: int) -> Iterator[Tensor]:
    """(batch, 2) log-probabilities of the pairs' names under the generator, batch by batch, on the processor."""
    collate = PairCollator(generator.prompter)
    for i in range(0, len(pairs), batch_size):
        fields = collate(pairs[i : i + batch_size])
        batch = PairBatch(**{name: value.to(generator.device) for name, value in fields.items()})
        with torch.no_grad():
            yield pair_log_probs(generator.network.eval(), batch).cpu()


class Clock:
    """Seconds between laps."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap, or since it was made."""
        before, self._last = self._last, time.perf_counter()
        return self._last - before


def _write_reference(generator: Generator, pairs: Sequence[PreferencePair], batch_size: int, path: Path) -> None:
    rows = list(reference_log_probs(generator, pairs, batch_size))
    with whole(path) as fresh:
        np.save(fresh, torch.cat(rows).numpy() if rows else np.zeros((0, 2), np.float32))


def _best(judged: Sequence[dict[str, Any]]) -> int:
    """Which has the best mean on dev, the first of equals; the last when there is no dev."""
    if not judged[0]["dev"]:
        return len(judged) - 1
    return max(range(len(judged)), key=lambda i: (mean(judged[i]["dev"]), -i))


def _summary(judged: Sequence[dict[str, Any]], best: int) -> dict[str, Any]:
    chunks = judged[1:]
    seconds = [sum(float(chunk[name]) for chunk in chunks) for name in ("mining_seconds", "learning_seconds")]
    return {
        "chosen_chunk": best - 1,  # -1: the generator that the stage started from
        "n_pairs": sum(chunk["n_pairs"] for chunk in chunks),
        "mining_share": seconds[0] / sum(seconds),
        "dev": [judgement["dev"] for judgement in judged],
    }
