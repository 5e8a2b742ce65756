"""`angel train` and `angel train-encoder`: a generator and a name encoder, trained as a config file says."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError, MissingExtraError
from .errors import fails_in_one_line
from .messages import good

if TYPE_CHECKING:
    from .pipeline_folder import PipelineFolder


@fails_in_one_line
def train(
    ctx: typer.Context,
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="a training config such as configs/generator-cpu.cfg")
    ],
    stage: Annotated[list[str] | None, typer.Option(help="run this stage only; may be given several times")] = None,
    threads: Annotated[int, typer.Option(help="processor threads (0: as many as there are)", min=0)] = 0,
    pipeline: Annotated[
        str | None, typer.Option(help="go on from this pipeline's generator and KB: starter, a folder, or a package")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="with --pipeline: write it here again, with the trained generator")
    ] = None,
) -> None:
    """Train the generator, stage by stage.

    A run that was stopped goes on where it was. Settings of the config can be overridden as in `spacy train`:
    --paths.output DIR --stages.finetune.steps 100
    --pipeline sets paths.init and paths.kbs, and --into sets paths.output (beside it), unless they are given.
    """
    check_extra()
    from ..training.recipe import read_recipe

    old = _pipeline(pipeline, into)
    recipe = read_recipe(config, _defaults(old, into) | _overrides(ctx.args))
    _check_stages(recipe.stages, stage or [], config)
    from ..training.run import train, use_threads

    use_threads(threads)
    generator = train(recipe, stage or [])
    good(f"The generator is in {generator}")
    if old and into:
        old.copy_with(generator, into)
        good(f"The updated pipeline is in {into}; the threshold is the one it had")


@fails_in_one_line
def train_encoder(
    ctx: typer.Context,
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="a training config such as configs/generator-cpu.cfg")
    ],
    generator: Annotated[
        Path | None,
        typer.Option(help="folder of a trained generator, for a network over its word pieces; without: none"),
    ] = None,
    threads: Annotated[int, typer.Option(help="processor threads (0: as many as there are)", min=0)] = 0,
) -> None:
    """Train the name encoder on the names of KBs and lexica, and on annotated mentions: section [encoder].

    Settings of the config can be overridden as in `spacy train`: --paths.output DIR --encoder.steps 100
    """
    check_extra()
    from ..training.recipe import read_recipe

    recipe = read_recipe(config, _overrides(ctx.args))
    from ..training.run import train_names, use_threads

    use_threads(threads)
    good(f"The name encoder is in {train_names(recipe, generator)}")


def _pipeline(name: str | None, into: Path | None) -> "PipelineFolder | None":
    from .pipeline_folder import PipelineFolder, check_new

    if into is not None:
        if name is None:
            raise ConfigError("--into needs --pipeline: name the pipeline that gets the trained generator.")
        check_new(into)
    return PipelineFolder.find(name) if name else None


def _defaults(old: "PipelineFolder | None", into: Path | None) -> dict[str, Any]:
    """The paths that a pipeline to be updated gives."""
    given: dict[str, Any] = {"paths.init": str(old.model), "paths.kbs": [str(old.kb)]} if old else {}
    return given | {"paths.output": str(into.with_name(f"{into.name}-training"))} if into else given


def check_extra() -> None:
    """Raises MissingExtraError where training's packages are missing."""
    from importlib.util import find_spec

    if find_spec("accelerate") is None:
        raise MissingExtraError('Training needs accelerate, which is not installed: pip install "angel-spacy[train]"')


def _overrides(args: Iterable[str]) -> dict[str, Any]:
    """`--section.name value` pairs as spaCy reads them."""
    from click import NoSuchOption
    from spacy.cli._util import parse_config_overrides

    try:
        overrides: dict[str, Any] = parse_config_overrides(list(args))
    except NoSuchOption as error:
        raise ConfigError(f"{error.format_message()} Override settings as --section.name VALUE.") from error
    return overrides


def _check_stages(known: Collection[str], wanted: Iterable[str], config: Path) -> None:
    if not known:
        raise ConfigError(f"{config} has no [stages.NAME] section: add one, as in configs/generator-cpu.cfg.")
    for name in wanted:
        if name not in known:
            raise ConfigError(f"{config} has no stage {name!r}: choose from {', '.join(known)}.")
