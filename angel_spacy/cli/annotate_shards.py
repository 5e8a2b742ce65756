"""`angel annotate IN... FOLDER/`: any number of files into shards, on one machine or on many."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from tqdm import tqdm
from wasabi import msg

from ..errors import CorpusError
from .annotate_file import Asked
from .messages import good, info, warn

if TYPE_CHECKING:
    from ..annotation.shards.manifest import Totals
    from ..annotation.shards.run import Begun, Engine
    from ..annotation.shards.work import Report

ENGINES = ("local", "ray")
_NAMED = 3  # files that a message names


def annotate_shards(asked: Asked, patterns: Sequence[str], target: Path, engine: "Engine", *, shard_size: int) -> None:
    """Annotates all files that the patterns name into `target`, or what is left to do of that."""
    from ..annotation.shards.folder import RunFolder
    from ..annotation.shards.inputs import find_inputs
    from ..annotation.shards.run import annotate_files
    from ..annotation.shards.work import Job
    from ..corpora.formats import format_to_write

    form = format_to_write(Path(), asked.output_format or "jsonl")
    folder = RunFolder(target.resolve(), form.suffixes[0] + ("" if form.packed else ".gz"))
    kb = str(asked.kb.resolve()) if asked.kb else None
    pipeline = str(Path(asked.pipeline).absolute()) if os.path.isdir(asked.pipeline) else asked.pipeline
    job = Job(pipeline, kb, asked.settings, folder, form.name, asked.given, asked.batch_size)
    with _Shown() as shown:
        totals, inputs = annotate_files(
            [path.absolute() for path in find_inputs(patterns, asked.input_format)],
            job,
            engine,
            form=asked.input_format,
            shard_size=shard_size,
            begun=shown.begin,
            done=shown.add,
        )
    _summarise(totals, shown)
    _tell(totals, folder)
    if cut := [one.path for one in inputs if one.is_cut_short]:
        named = ", ".join(cut[:_NAMED]) + (f" and {len(cut) - _NAMED} more" if len(cut) > _NAMED else "")
        raise CorpusError(f"{target} is not all of it: {named} could not be read to its end; fetch again what is cut.")


def engine_called(name: str, n_workers: int | None, address: str | None, cpus: float, gpus: float) -> "Engine":
    """The engine of this name. Raises BadParameter for one that there is not."""
    from ..annotation.shards.ray_engine import Ray
    from ..annotation.shards.run import Local, n_processors

    if name not in ENGINES:
        raise typer.BadParameter(f"{name!r}: choose {' or '.join(ENGINES)}.", param_hint="--engine")
    if name == "ray":
        return Ray(n_workers, address, cpus, gpus)
    return Local(n_workers or n_processors())


class _Shown:
    """The bar: articles done, how fast, and until when."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.n_before = self.n_now = 0
        self._bar: tqdm[Any] | None = None

    def begin(self, begun: "Begun") -> None:
        """The files have been looked through."""
        self.started = time.perf_counter()
        self.n_before = begun.n_done
        if begun.n_done:
            info(f"{begun.n_done:,} of {begun.n_articles:,} articles are done already")
        self._bar = tqdm(
            total=begun.n_articles, initial=begun.n_done, unit="article", file=sys.stderr, dynamic_ncols=True
        )

    def add(self, report: "Report") -> None:
        """A shard is done."""
        assert self._bar is not None
        self.n_now += report["articles"]
        self._bar.update(report["articles"])

    def __enter__(self) -> "_Shown":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _summarise(totals: "Totals", shown: _Shown) -> None:
    seconds = time.perf_counter() - shown.started
    rows = {
        "articles": f"{totals.articles:,}",
        "mentions": f"{totals.mentions:,}",
        "linked": f"{totals.linked:,}",
        "NIL": f"{totals.mentions - totals.linked:,}",
        "shards": f"{totals.shards:,}",
        "now": f"{shown.n_now:,}",
        "seconds": f"{seconds:.1f}",
        "abstracts/s": f"{shown.n_now / seconds:.2f}",
    }
    msg.table(rows, widths=(12, 12), aligns=("l", "r"))


def _tell(totals: "Totals", folder: Any) -> None:
    for what, n in totals.lost.items():
        warn(f"Not kept in this format: {n:,} {what}.")
    if totals.unread:
        warn(f"{totals.unread:,} records could not be read: the manifest says which, and why.")
    if totals.failed:
        warn(f"{totals.failed:,} articles could not be processed: the manifest says which, and why.")
    good(f"Written to {folder.path}; {folder.manifest.name} says what is where")
