"""A run: what is there is looked through, what is not done is done, all that was done is written down."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Protocol

from ...errors import ConfigError, CorpusError
from .folder import RunFolder, is_of_run, load_json
from .local import CAN_FORK, each
from .manifest import Totals, check_same_run, described, note_run, write_manifest
from .plan import Input, Shard, content_of, known_input, look_through, names_of, newest_of, shards_of, with_articles
from .work import Job, Report, Worker, is_done

Looked = tuple[Path, str | None, str, Path, bool]
"""What `plan.look_through` is asked, in its order."""


class Engine(Protocol):
    """Where the work is done; see `Local`, and `ray_engine.Ray`."""

    def look_through(self, files: Sequence[Looked]) -> Iterable[Input]:
        """What `plan.look_through` says of each, in any order."""

    def annotate(self, worker: Worker, todo: Sequence[Shard]) -> Iterator[Report]:
        """The reports of the shards, each when it is done, in any order."""


@dataclass(frozen=True)
class Local:
    """Processes on this machine."""

    n_workers: int

    def look_through(self, files: Sequence[Looked]) -> Iterable[Input]:
        """What there is in each file; they are shared out where there are several."""
        if len(files) == 1:
            return [look_through(*files[0])]
        return each(_make_look_through, files, min(self.n_workers, len(files)))

    def annotate(self, worker: Worker, todo: Sequence[Shard]) -> Iterator[Report]:
        """Files are read here, and their articles handed to the workers."""
        by_input = (list(of_one) for _, of_one in groupby(todo, lambda shard: shard.source.name))
        tasks = chain.from_iterable(map(with_articles, by_input))
        make = (lambda: worker) if CAN_FORK else partial(Worker.of_team, worker.job)
        return each(make, tasks, min(self.n_workers, max(1, len(todo))))


def n_processors() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Begun:
    """How much there is to do, and how much was done before."""

    n_inputs: int
    n_articles: int
    n_done: int


def annotate_files(
    paths: Sequence[Path],
    job: Job,
    engine: Engine,
    *,
    form: str | None = None,
    shard_size: int = 500,
    begun: Callable[[Begun], None],
    done: Callable[[Report], None],
) -> tuple[Totals, list[Input]]:
    """Annotates the files into the folder of `job`, or what a run before left to do; tells what is `begun` and `done`.

    Raises ConfigError for a folder of another run, or one where a run goes on, and CorpusError for files without an
    article.
    """
    folder = job.folder
    own = folder.own()
    paths = [path for path in paths if Path(os.path.realpath(path)) not in own]
    _check_apart(paths, folder)
    names = names_of(paths)
    with folder.held():
        _check_all_there(paths, names, folder)
        worker = Worker(job)
        run = described(worker, shard_size)
        check_same_run(run, folder)
        inputs = _inputs(paths, names, form, engine, job)
        key = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()
        shards = [shard for one in inputs for shard in shards_of(one, shard_size, key)]
        if not any(one.n_articles for one in inputs):
            raise CorpusError(_nothing_found(inputs))
        _check_free(shards, folder)
        note_run(run, folder)
        todo = [shard for shard in shards if not is_done(shard, load_json(folder.report(shard.name)), folder)]
        n_articles, n_todo = (sum(shard.n_articles for shard in some) for some in (shards, todo))
        begun(Begun(len(inputs), n_articles, n_articles - n_todo))
        if todo:
            folder.manifest.unlink(missing_ok=True)  # it would say what is no longer so
            worker.share()
        for report in engine.annotate(worker, todo):
            done(report)
        folder.keep_only(shard.name for shard in shards)
        return write_manifest(run, inputs, shards, folder), inputs


def _check_apart(paths: Sequence[Path], folder: RunFolder) -> None:
    """Nothing is read where it is written."""
    target = Path(os.path.realpath(folder.path))
    for path, real in ((path, Path(os.path.realpath(path))) for path in paths):
        if real.parent == target:
            raise ConfigError(f"{path} is in the folder to which the shards are to go: give them another one.")
        if real == target or (real in target.parents):
            raise ConfigError(f"{folder.path} is within {path}, which is one corpus: give the shards another folder.")


def _check_all_there(paths: Sequence[Path], names: Sequence[str], folder: RunFolder) -> None:
    """What was annotated before is among the files again, if it was not moved or changed."""
    real = [os.path.realpath(path) for path in paths]
    lost = sorted({name.rpartition("-")[0] for name in folder.done()} - set(names))
    for path, name in zip(real, names, strict=True):
        before = known_input(folder.inputs / name)
        is_another = before and before.path not in real and Path(before.path).exists()
        if before and is_another and before.sha256 != content_of(Path(path))[1]:
            lost.append(before.path)
    if lost:
        raise ConfigError(
            f"{folder.path} holds the shards of {lost[0]!r}, which is not among the files now: name all files, "
            "those of before too, or give another folder."
        )


def _check_free(shards: Sequence[Shard], folder: RunFolder) -> None:
    """No shard, nor the manifest, takes the place of somebody's file."""
    begun = folder.begun()
    ours = (folder.shard(shard.name) for shard in shards if shard.name not in begun)
    for path in (*ours, *([] if is_of_run(folder.path) else [folder.manifest])):
        if path.exists():
            raise ConfigError(f"{path} is there already, and not of a run in this folder: give another folder.")


def _nothing_found(inputs: Sequence[Input]) -> str:
    """Why there is nothing to annotate, as far as that was told."""
    paths = ", ".join(one.path for one in inputs[:3])
    problem = next((problem for one in inputs for problem in one.problems()), "")
    if not problem:
        return f"{paths}: no article was found; check the files and their format."
    more = sum(one.n_problems for one in inputs) - 1
    return f"{problem}{f' (and {more:,} more such problems)' if more else ''}: no article was found in {paths}."


def _inputs(paths: Sequence[Path], names: Sequence[str], form: str | None, engine: Engine, job: Job) -> list[Input]:
    looked = engine.look_through(
        [(path, form, name, job.folder.inputs / name, not job.given) for path, name in zip(paths, names, strict=True)]
    )
    found = {one.name: one for one in looked}
    return newest_of([found[name] for name in names])


def _make_look_through() -> Callable[..., Input]:
    return look_through
