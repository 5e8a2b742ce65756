"""A recipe -> a trained generator: tokenizer, fresh or given weights, then the stages in order."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import torch

from ..models.generator import Generator
from ..prompts import Prompter
from .batching import Collator
from .data import TrainingData
from .examples import Mixture
from .network import fresh_generator
from .recipe import Recipe, Stage
from .tokenizer import train_tokenizer, with_dropout
from .trainer import run_stage


def train(recipe: Recipe, only: Sequence[str] = ()) -> Path:
    """Runs the stages (or those named in `only`); returns the folder of the last stage's generator.

    Each stage starts from the stage before it, resumes from its own newest checkpoint, and is skipped
    when its generator is there already.
    """
    output = Path(recipe.paths.output)
    data: TrainingData | None = None
    before = Path(recipe.paths.init) if recipe.paths.init else None
    for name, stage in recipe.stages.items():
        target = output / name / "generator"
        if (not only or name in only) and not target.exists():
            data = data or TrainingData.read(recipe.paths.kbs, recipe.paths.corpora, recipe.paths.texts)
            generator = Generator.from_folder(before) if before else start(recipe, data)
            run(generator, data, stage, recipe, output / name)
            generator.to_folder(target)
        before = target
    if before is None:
        raise ValueError("The recipe has no stages.")
    return before


def start(recipe: Recipe, data: TrainingData) -> Generator:
    """A fresh generator whose tokenizer has read the KB's names and the texts."""
    tokenizer = train_tokenizer(chain(chain.from_iterable(data.names), data.texts), recipe.tokenizer.vocab_size)
    return fresh_generator(recipe.network, tokenizer, recipe.prompt, seed=recipe.seed)


def run(generator: Generator, data: TrainingData, stage: Stage, recipe: Recipe, folder: Path) -> dict[str, float]:
    """One stage on `generator`, in place."""
    schedule = stage.schedule
    examples = Mixture(
        data.sources(stage.shares),
        batch_size=schedule.batch_size,
        n_batches=schedule.steps * schedule.gradient_accumulation,
        seed=recipe.seed,
    )
    prompter = generator.prompter
    dropping = with_dropout(generator.tokenizer, recipe.tokenizer.dropout)
    noisy = Prompter(prompter.form, dropping, prompter.special, prompter.max_positions)
    generator.network.train()
    metrics = run_stage(generator.network, examples, Collator(prompter, noisy), schedule, folder, seed=recipe.seed)
    generator.network.eval()
    return metrics


def use_threads(n_threads: int) -> None:
    """Limits torch to `n_threads` processor threads (0: its own choice)."""
    if n_threads:
        torch.set_num_threads(n_threads)
