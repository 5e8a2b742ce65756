"""`angel annotate`: texts in, linked concepts out."""

from glob import has_magic
from pathlib import Path
from typing import Annotated

import typer

from ..corpora.formats import format_to_write, guess_format
from .annotate_file import Asked, annotate_file
from .annotate_shards import annotate_shards, engine_called
from .errors import fails_in_one_line
from .options import (
    ARTICLES,
    WRITABLE,
    BeamMargin,
    Composites,
    ExactMatch,
    Format,
    KnowledgeBaseFolder,
    Pipeline,
    Precision,
    Strict,
    Threshold,
)


@fails_in_one_line
def annotate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="IN... OUT",
            help=f"{ARTICLES}; then {WRITABLE}. Or any number of files, patterns in quotes and folders, then FOLDER/: "
            "they are written as shards with a manifest, and the same command goes on where one was stopped",
        ),
    ],
    pipeline: Pipeline = "starter",
    kb: KnowledgeBaseFolder = None,
    input_format: Format = None,
    threshold: Threshold = None,
    precision: Precision = None,
    exact_match: ExactMatch = None,
    beam_margin: BeamMargin = None,
    composites: Composites = False,
    n_process: Annotated[
        int | None, typer.Option(help="worker processes; 1 for one file, for FOLDER/ one for each processor", min=1)
    ] = None,
    batch_size: Annotated[int, typer.Option(help="articles processed together", min=1)] = 32,
    given: Annotated[
        bool,
        typer.Option(
            "--given", help="link the mentions that IN has (as PubTator from another NER) instead of finding some"
        ),
    ] = False,
    output_format: Annotated[
        str | None, typer.Option(help="of OUT, by its name when not given; of the shards in FOLDER/, else jsonl")
    ] = None,
    engine: Annotated[str, typer.Option(help="for FOLDER/: local, or ray (extra `ray`)")] = "local",
    shard_size: Annotated[int | None, typer.Option(help="for FOLDER/: articles in a shard; else 500", min=1)] = None,
    address: Annotated[str | None, typer.Option(help="of a Ray cluster; else one is started here")] = None,
    worker_cpus: Annotated[float, typer.Option(help="for ray: processors of a worker", min=0.0)] = 1.0,
    worker_gpus: Annotated[float, typer.Option(help="for ray: GPUs of a worker, or a fraction of one", min=0.0)] = 0.0,
    strict: Strict = False,
) -> None:
    """Find the mentions in texts and link them to concepts.

    Articles keep their order and none is dropped: one without mentions is written too, and one that could not be
    processed is reported and written without mentions (JSONL says why under "error"). A record that cannot be read is
    reported with its number and skipped. Exit code 1 where no article was found, or a damaged file ended too early.
    Of PubMed's baseline and update files FOLDER/ gets the newest version of each article, and none that was taken back.
    """
    *patterns, out = paths
    if not patterns:
        raise typer.BadParameter("Name what to annotate, then what to write.")
    settings = {"threshold": threshold, "precision": precision, "exact_match": exact_match, "beam_margin": beam_margin}
    settings["composites"] = composites or None
    asked = Asked(pipeline, kb, settings, input_format, output_format, given, batch_size)
    needs_shards = len(patterns) > 1 or _is_pattern(patterns[0]) or engine != "local" or shard_size is not None
    has_no_shards = bool(output_format and format_to_write(Path(out), output_format).holds)
    if needs_shards and has_no_shards:
        raise typer.BadParameter(f"{output_format} is one folder from one file: name one IN, and no option of shards.")
    if has_no_shards or not (needs_shards or _is_for_shards(out)):
        if Path(patterns[0]).is_dir() and not input_format:
            _check_one_corpus(patterns[0])
        annotate_file(asked, Path(patterns[0]), Path(out), n_process=n_process or 1, strict=strict)
        return
    if Path(out).suffix and not (out.endswith("/") or Path(out).is_dir()):
        raise typer.BadParameter(f"{out} looks like a file, and this is written into a folder: end its name with /.")
    if strict:
        raise typer.BadParameter("What is wrong goes into the manifest of FOLDER/: leave --strict out.")
    if address == "":
        raise typer.BadParameter("--address is empty: leave it out for a cluster that is started here.")
    if engine == "local" and (address or worker_gpus or worker_cpus != 1):
        raise typer.BadParameter("--address, --worker-cpus and --worker-gpus are for --engine ray.")
    chosen = engine_called(engine, n_process, address, worker_cpus, worker_gpus)
    annotate_shards(asked, patterns, Path(out), chosen, shard_size=shard_size or 500)


def _check_one_corpus(folder: str) -> None:
    """Raises BadParameter for a folder of several corpora: read as one of them, it would lose the others."""
    from ..annotation.shards.inputs import find_inputs

    files = find_inputs([folder])
    if files != [Path(folder)] and any(guess_format(path) != "webanno" for path in files):
        raise typer.BadParameter(f"{folder} is a folder of files: end OUT with /, then each of them is annotated.")


def _is_pattern(name: str) -> bool:
    return has_magic(name) and not Path(name).exists()


def _is_for_shards(out: str) -> bool:
    """Whether OUT is a folder of shards: its name says so, or a run wrote there."""
    from ..annotation.shards.folder import is_of_run

    return out.endswith("/") or is_of_run(Path(out))
