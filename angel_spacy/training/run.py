"""A recipe -> a trained generator: tokenizer, fresh or given weights, then the stages in order."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path

import torch

from ..errors import ConfigError
from ..models.generator import Generator
from .dev_sets import DevSets
from .examples.data import TrainingData
from .name_encoder import train_encoder
from .network import fresh_generator, generator_from_bert
from .outputs import GENERATOR, save_generator
from .pairs import PairMaker
from .positive_stage import PositiveStageRun
from .preference_stage import PreferenceStageRun
from .processes import once
from .recipe import Recipe
from .sections import PreferenceStage
from .stage_settings import check_settings
from .tokenizer import train_tokenizer

START = "start"  # folder of the untrained generator
ENCODER = "encoder"  # file of the name encoder


def train_names(recipe: Recipe, generator: Path | None = None) -> Path:
    """Trains the name encoder of a recipe, if it is not there already; returns its file.

    With the folder of a `generator`, its network over that one's word pieces too. Raises ConfigError, ModelError.
    """
    return Run(recipe).encoder(generator)


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
            check_settings(recipe, name, run.folder(name))
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
    def dev(self) -> DevSets:
        """What is chosen by."""
        return DevSets(self.recipe.dev)

    def folder(self, stage: str) -> Path:
        """Where a stage writes."""
        return Path(self.recipe.paths.output) / stage

    def start(self) -> Path:
        """The folder of a fresh generator whose tokenizer has read the KB's names and the texts.

        Checkpoints hold the network alone, and a resumed run needs the same tokenizer.
        """
        folder = self.folder(START) / GENERATOR
        once(folder, lambda: save_generator(self._fresh(), folder))
        return folder

    def encoder(self, generator: Path | None = None) -> Path:
        """The file of the name encoder, trained now where it is not there yet."""
        path = self.folder(ENCODER)

        def make() -> None:
            reads = Generator.from_folder(generator) if generator else None
            clusters, weights = self.data.clusters()
            settings, seed = self.recipe.encoder, self.recipe.training.seed
            made = train_encoder(clusters, weights, self.data.kinds(), settings, generator=reads, seed=seed)
            made.to_file(path)

        once(path, make)
        return path

    def stage(self, name: str, before: Path) -> None:
        """Runs one stage from the generator in `before`."""
        _ = self.dev  # what is wrong with it shall be known before hours of training
        chosen, target = self._stage(name, before).best(), self.folder(name) / GENERATOR
        once(target, lambda: save_generator(chosen, target))

    def _stage(self, name: str, before: Path) -> PositiveStageRun | PreferenceStageRun:
        stage, folder, seed = self.recipe.stages[name], self.folder(name), self.recipe.training.seed
        if isinstance(stage, PreferenceStage):
            maker = PairMaker(self.data, stage.pairs, seed=seed)
            return PreferenceStageRun(before, folder, stage, maker, self.dev, seed)
        return PositiveStageRun(before, folder, stage, self.data, self.dev, self.recipe.tokenizer.dropout, seed)

    def _fresh(self) -> Generator:
        recipe, size, seed = self.recipe, self.recipe.tokenizer.vocab_size, self.recipe.training.seed
        texts = chain(chain.from_iterable(self.data.names), self.data.texts)
        if recipe.paths.encoder:
            encoder = Path(recipe.paths.encoder)
            return generator_from_bert(encoder, recipe.network, texts, size, recipe.prompt, seed=seed)
        tokenizer = train_tokenizer(texts, size)
        try:
            return fresh_generator(recipe.network, tokenizer, recipe.prompt, seed=seed)
        except (ValueError, RuntimeError) as error:  # sizes that do not go together
            raise ConfigError(f"[network] makes no network: {error} Change its sizes.") from error


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
    for name in {START, ENCODER}.intersection(recipe.stages):
        raise ConfigError(f"[stages.{name}]: this name is taken by what the run itself writes; choose another.")
    for name in only:
        if name not in recipe.stages:
            raise ConfigError(f"The recipe has no stage {name!r}: choose one of {', '.join(recipe.stages)}.")
