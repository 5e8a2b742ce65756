"""A preference stage: a chunk's pairs, one pass over them against the network as it was, judged on dev; the next chunk.

Whatever a chunk needs is a file of its folder: a killed run goes on where it was, to the same weights.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from torch import Tensor

from ..models.dropout import dropout_at
from ..models.generator import Generator
from ..objectives.batching import PairCollator
from ..objectives.objectives import PreferenceObjective
from ..objectives.pairs import PreferencePair, read_pairs, write_pairs
from .batch_losses import preference_batch_loss
from .dev_sets import DevSets, mean
from .outputs import GENERATOR, METRICS, PAIRS, REFERENCE, read_metrics, save_generator, write_metrics
from .pairs import PairMaker
from .processes import device, once
from .reference import read_reference, with_reference, write_reference
from .sections import PreferenceStage
from .trainer import run_stage


@dataclass(frozen=True)
class PreferenceStageRun:
    """One preference stage in `folder`, from the generator in `start`."""

    start: Path
    folder: Path
    stage: PreferenceStage
    maker: PairMaker
    dev: DevSets
    seed: int

    def best(self) -> Generator:
        """The best generator on dev, before the first chunk or after any; without dev sets the last."""
        judged = [self._judged_start()]
        settings = self.stage.pairs
        for i in range(settings.stop_after or settings.n_chunks):
            if not self._generator(i).exists():
                self._learn_chunk(i)
            judged.append(read_metrics(self._chunk(i) / METRICS))
            if settings.patience and len(judged) - 1 - _best(judged) >= settings.patience:
                break
        best = _best(judged)
        once(self.folder / METRICS, lambda: write_metrics(_summary(judged, best), self.folder / METRICS))
        return Generator.from_folder(self._generator(best - 1))

    def _judged_start(self) -> dict[str, Any]:
        path = self.folder / "start.json"
        once(path, lambda: write_metrics({"dev": self.dev.scores(self._load(-1))}, path))
        return read_metrics(path)

    def _learn_chunk(self, i: int) -> None:
        """Leaves the chunk's pairs, reference, generator and metrics in its folder."""
        chunk, on_policy = self._chunk(i), self.stage.pairs.on_policy
        started = time.perf_counter()
        once(chunk / PAIRS, lambda: write_pairs(self._pairs(i, self._load(i - 1 if on_policy else -1)), chunk / PAIRS))
        pairs = list(read_pairs(chunk / PAIRS))
        mined = time.perf_counter()
        generator = self._load(i - 1)
        teacher = generator if on_policy else self._load(-1)
        reference = chunk / REFERENCE
        size, bf16 = self.stage.batch_size, self.stage.bf16
        once(reference, lambda: write_reference(teacher, pairs, size, reference, bf16=bf16))
        metrics: dict[str, Any] = {"n_pairs": len(pairs), "mining_seconds": mined - started}
        if pairs:
            metrics |= self._learn(generator, pairs, read_reference(reference), chunk)
        metrics["learning_seconds"] = time.perf_counter() - mined
        once(chunk / METRICS, lambda: write_metrics(metrics | {"dev": self.dev.scores(generator)}, chunk / METRICS))
        once(self._generator(i), lambda: save_generator(generator, self._generator(i)))

    def _pairs(self, i: int, generator: Generator) -> list[PreferencePair]:
        pairs = self.maker.pairs(i, generator)
        Random(f"{self.seed} pairs {i}").shuffle(pairs)
        return pairs

    def _learn(
        self, generator: Generator, pairs: Sequence[PreferencePair], reference: Tensor, chunk: Path
    ) -> dict[str, float]:
        """One pass over the pairs, the network changed in place."""
        stage, network = self.stage, generator.network
        batch_loss = preference_batch_loss(PreferenceObjective(stage.beta, stage.positive_weight, stage.by_token))
        collate = with_reference(PairCollator(generator.prompter))
        examples = list(zip(pairs, reference, strict=True))
        with dropout_at(network, 0.0):
            metrics = run_stage(network, examples, collate, batch_loss, stage, chunk, seed=self.seed)
        network.eval()
        return metrics

    def _load(self, i: int) -> Generator:
        """The generator after chunk i; -1: the one that the stage starts from."""
        return Generator.from_folder(self._generator(i)).to(device(use_cpu=self.stage.use_cpu))

    def _generator(self, i: int) -> Path:
        return self._chunk(i) / GENERATOR if i >= 0 else self.start

    def _chunk(self, i: int) -> Path:
        return self.folder / f"chunk-{i}"


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
