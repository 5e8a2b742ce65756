"""A positive stage: cross-entropy on a mixture of examples."""

from dataclasses import dataclass
from pathlib import Path

from ..models.generator import Generator
from ..objectives.batching import Collator
from ..objectives.objectives import PositiveObjective
from .batch_losses import positive_batch_loss
from .dev_sets import DevSets, mean
from .examples.data import TrainingData
from .examples.sources import Mixture
from .outputs import METRICS, read_metrics, write_metrics
from .processes import once
from .sections import PositiveStage
from .tokenizer import noisy_prompter
from .trainer import run_stage


@dataclass(frozen=True)
class PositiveStageRun:
    """One positive stage in `folder`, from the generator in `start`; `dropout` is that of the prompts' BPE."""

    start: Path
    folder: Path
    stage: PositiveStage
    data: TrainingData
    dev: DevSets
    dropout: float
    seed: int

    def best(self) -> Generator:
        """The generator that was trained, or the one before it if that is to be kept when it was better on dev."""
        generator, path = Generator.from_folder(self.start), self.folder / METRICS
        start = self.dev.scores(generator) if self.stage.keep_best else {}
        metrics = {**self._learn(generator), "dev_before": start}
        once(path, lambda: write_metrics(metrics | {"dev": self.dev.scores(generator)}, path))
        kept = mean(read_metrics(path)["dev"]) >= mean(start)
        return generator if kept else Generator.from_folder(self.start)

    def _learn(self, generator: Generator) -> dict[str, float]:
        """The stage's steps, the network changed in place."""
        stage, network = self.stage, generator.network
        n_batches = stage.steps * stage.gradient_accumulation
        sources = self.data.sources(stage.shares, stage.hide)
        examples = Mixture(sources, batch_size=stage.batch_size, n_batches=n_batches, seed=self.seed)
        collate = Collator(generator.prompter, noisy_prompter(generator, self.dropout))
        batch_loss = positive_batch_loss(PositiveObjective(stage.label_smoothing))
        network.train()
        metrics = run_stage(network, examples, collate, batch_loss, stage, self.folder, seed=self.seed)
        network.eval()
        return metrics
