"""A recipe -> a trained generator: tokenizer, fresh or given weights, then the stages in order."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import torch

from ..errors import ConfigError
from ..models.generator import Generator
from ..prompts import Prompter
from .batching import Collator
from .data import TrainingData
from .examples import Mixture
from .network import fresh_generator
from .preferring import prefer
from .recipe import PreferenceSchedule, Recipe, Stage
from .tokenizer import train_tokenizer, with_dropout
from .trainer import run_stage

GENERATOR, START = "generator", "start"  # folders of a stage and of the untrained generator


def train(recipe: Recipe, only: Sequence[str] = ()) -> Path:
    """Runs the stages (or those named in `only`); returns the folder of the generator of the last one of them.

    Each stage starts from the stage before it, resumes from its own newest checkpoint, and is skipped
    when its generator is there already. Raises ConfigError for a recipe without stages and unknown names.
    """
    _check_stages(recipe, only)
    output = Path(recipe.paths.output)
    data: TrainingData | None = None
    before = Path(recipe.paths.init) if recipe.paths.init else None
    wanted = list(only) or list(recipe.stages)
    for name, stage in recipe.stages.items():
        target = output / name / GENERATOR
        if name in wanted and not target.exists():
            data = data or TrainingData.read(recipe.paths.kbs, recipe.paths.corpora, recipe.paths.texts)
            generator = Generator.from_folder(before) if before else start(recipe, data)
            if isinstance(stage, PreferenceSchedule):
                generator = prefer(generator, data, stage, output / name, seed=recipe.seed, save=save)
            else:
                run(generator, data, stage, recipe, output / name)
            save(generator, target)
        before = target
    return output / [name for name in recipe.stages if name in wanted][-1] / GENERATOR


def start(recipe: Recipe, data: TrainingData) -> Generator:
    """A fresh generator whose tokenizer has read the KB's names and the texts.

    It is kept in the output folder: checkpoints hold the network alone, and a resumed run needs the same tokenizer.
    """
    kept = Path(recipe.paths.output) / START / GENERATOR
    if not kept.exists():
        names = chain.from_iterable(data.names)
        tokenizer = train_tokenizer(chain(names, data.texts), recipe.tokenizer.vocab_size)
        save(fresh_generator(recipe.network, tokenizer, recipe.prompt, seed=recipe.seed), kept)
    return Generator.from_folder(kept)


def save(generator: Generator, folder: Path) -> None:
    """Writes the generator's folder, all or nothing: a run that was stopped here writes it again."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    generator.to_folder(unfinished)
    unfinished.rename(folder)


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


def _check_stages(recipe: Recipe, only: Sequence[str]) -> None:
    if not recipe.stages:
        raise ConfigError("The recipe has no stages: add a section [stages.NAME] with its `steps`.")
    if START in recipe.stages:
        raise ConfigError(f"[stages.{START}]: this name is taken by the untrained generator; choose another.")
    for name in only:
        if name not in recipe.stages:
            raise ConfigError(f"The recipe has no stage {name!r}: choose one of {', '.join(recipe.stages)}.")
