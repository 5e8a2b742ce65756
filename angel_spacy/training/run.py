"""A recipe -> a trained generator: tokenizer, fresh or given weights, then the stages in order."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from ..errors import ConfigError
from ..files import whole
from ..models.generator import Generator
from ..objectives.batching import Collator
from ..prompts import Prompter
from .dev import Dev, mean
from .examples.data import TrainingData
from .examples.sources import Mixture
from .network import fresh_generator
from .pairs import PairMaker
from .preference_stage import GENERATOR, METRICS, Preferring
from .processes import once
from .recipe import PreferenceStage, Recipe, Stage
from .tokenizer import train_tokenizer, with_dropout
from .trainer import PositiveObjective, read_metrics, run_stage, write_metrics

SETTINGS = "settings.json"  # of a stage, as it was begun
_OF_NO_CONSEQUENCE = ("save_steps", "log_steps", "report_to", "use_cpu")  # for a stage's result
START = "start"  # folder of the untrained generator


def train(recipe: Recipe, only: Sequence[str] = ()) -> Path:
    """Runs the stages (or those named in `only`); returns the folder of the generator of the last one of them.

    Each stage starts from the stage before it, resumes from its own newest checkpoint, and is skipped
    when its generator is there already. Raises ConfigError for a recipe without stages and unknown names,
    TrainingError for a run that diverges.
    """
    _check_stages(recipe, only)
    run = Run(recipe)
    wanted = list(only) or list(recipe.stages)
    before = Path(recipe.paths.init) if recipe.paths.init else None
    for name in recipe.stages:
        target = run.folder(name) / GENERATOR
        if name in wanted:
            run.check_settings(name)
            if not target.exists():
                run.stage(name, _present(before, name) if before else run.start())
        if target.exists() or not recipe.paths.init:  # with `init`, stages that were not run are skipped
            before = target
    return run.folder([name for name in recipe.stages if name in wanted][-1]) / GENERATOR


class Run:
    """One run of a recipe: its data, read when a stage needs them (or given), and its output folder."""

    def __init__(self, recipe: Recipe, *, data: TrainingData | None = None) -> None:
        self.recipe = recipe
        self._data = data

    @cached_property
    def data(self) -> TrainingData:
        """What is drawn from."""
        return self._data or TrainingData.read(self.recipe.paths)

    @cached_property
    def dev(self) -> Dev:
        """What is chosen by."""
        return Dev(self.recipe.dev)

    def folder(self, stage: str) -> Path:
        """Where a stage writes."""
        return Path(self.recipe.paths.output) / stage

    def start(self) -> Path:
        """The folder of a fresh generator whose tokenizer has read the KB's names and the texts.

        Checkpoints hold the network alone, and a resumed run needs the same tokenizer.
        """
        folder = self.folder(START) / GENERATOR
        once(folder, lambda: save(self._fresh(), folder))
        return folder

    def check_settings(self, name: str) -> None:
        """Notes what a stage is run with. Raises ConfigError when its folder is that of a run with other settings."""
        path, settings = self.folder(name) / SETTINGS, stage_settings(self.recipe, name)
        once(path, lambda: write_metrics(settings, path))
        before = read_metrics(path)
        if changed := [key for key in settings if settings[key] != before.get(key)]:
            raise ConfigError(
                f"{path.parent} holds a run with other settings ({', '.join(changed)}): delete it to train anew, "
                "or give another paths.output."
            )

    def stage(self, name: str, before: Path) -> None:
        """Runs one stage from the generator in `before`."""
        stage, folder = self.recipe.stages[name], self.folder(name)
        _ = self.dev  # what is wrong with it shall be known before hours of training
        if isinstance(stage, PreferenceStage):
            maker = PairMaker(self.data, stage.pairs, seed=self.recipe.seed)
            preferring = Preferring(before, folder, stage, maker, self.dev, seed=self.recipe.seed, save=save)
            chosen = Generator.from_folder(preferring.run())
        else:
            chosen = self._positive_stage(before, stage, folder)
        once(folder / GENERATOR, lambda: save(chosen, folder / GENERATOR))

    def _positive_stage(self, before: Path, stage: Stage, folder: Path) -> Generator:
        """The generator that was trained, or the one before it if that is to be kept when it was better on dev."""
        generator = Generator.from_folder(before)
        start = self.dev.scores(generator) if stage.keep_best else {}
        metrics = {**self._positive(generator, stage, folder), "dev_before": start}
        once(folder / METRICS, lambda: write_metrics(metrics | {"dev": self.dev.scores(generator)}, folder / METRICS))
        after = read_metrics(folder / METRICS)["dev"]
        return generator if mean(after) >= mean(start) else Generator.from_folder(before)

    def _positive(self, generator: Generator, stage: Stage, folder: Path) -> dict[str, float]:
        """Cross-entropy on the stage's mixture, the generator changed in place."""
        recipe, schedule, prompter = self.recipe, stage.schedule, generator.prompter
        examples = Mixture(
            self.data.sources(stage.shares),
            batch_size=schedule.batch_size,
            n_batches=schedule.steps * schedule.gradient_accumulation,
            seed=recipe.seed,
        )
        dropping = with_dropout(generator.tokenizer, recipe.tokenizer.dropout)
        collate = Collator(prompter, Prompter(prompter.form, dropping, prompter.special, prompter.max_positions))
        objective = PositiveObjective(schedule.label_smoothing)
        generator.network.train()
        metrics = run_stage(generator.network, examples, collate, objective, schedule, folder, seed=recipe.seed)
        generator.network.eval()
        return metrics

    def _fresh(self) -> Generator:
        recipe, names = self.recipe, chain.from_iterable(self.data.names)
        tokenizer = train_tokenizer(chain(names, self.data.texts), recipe.tokenizer.vocab_size)
        try:
            return fresh_generator(recipe.network, tokenizer, recipe.prompt, seed=recipe.seed)
        except (ValueError, RuntimeError) as error:  # sizes that do not go together
            raise ConfigError(f"[network] makes no network: {error} Change its sizes.") from error


def stage_settings(recipe: Recipe, name: str) -> dict[str, Any]:
    """All that a stage's result depends on, as JSON holds it: settings, inputs by name, files of pairs by content."""
    stage = recipe.stages[name]
    schedule = {key: value for key, value in asdict(stage.schedule).items() if key not in _OF_NO_CONSEQUENCE}
    rest = {key: value for key, value in asdict(stage).items() if key != "schedule"}
    paths = {key: value for key, value in asdict(recipe.paths).items() if key != "output"}
    files = stage.pairs.files if isinstance(stage, PreferenceStage) else ()
    sums = {path: sha256(Path(path).read_bytes()).hexdigest() for path in files if Path(path).is_file()}
    dev = {key: asdict(one) for key, one in recipe.dev.items()}
    found: dict[str, Any] = json.loads(
        json.dumps({**schedule, **rest, "paths": paths, "files of pairs": sums, "seed": recipe.seed, "dev": dev})
    )
    return found


def save(generator: Generator, folder: Path) -> None:
    """Writes the generator's folder, all or nothing: a run that was stopped here writes it again."""
    with whole(folder) as fresh:
        generator.to_folder(fresh)


def _present(before: Path, name: str) -> Path:
    if not before.exists():
        raise ConfigError(
            f"Stage {name!r} starts from {before}, which is not there: run the stage before it first, "
            "or name a generator's folder in paths.init and leave out the stages before."
        )
    return before


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
