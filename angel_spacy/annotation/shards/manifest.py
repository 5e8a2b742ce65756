"""The manifest of a run: what it was, what it read, what it wrote, what failed; a JSON object a line."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ...arrays.checksums import sha256_of
from ...errors import ConfigError
from ...files import synced, whole
from .folder import RunFolder, load_json, save_json
from .plan import Input, Shard
from .work import Worker

PACKAGES = ("angel-spacy", "spacy", "thinc", "torch", "transformers", "numpy", "scispacy")

Json = dict[str, Any]


@dataclass
class Totals:
    """Of a whole run."""

    articles: int = 0
    failed: int = 0
    unread: int = 0
    mentions: int = 0
    linked: int = 0
    shards: int = 0
    lost: Counter[str] = field(default_factory=Counter)


def described(worker: Worker, shard_size: int) -> Json:
    """All that decides what is in a shard: a run is gone on with only where that is still so."""
    job, nlp, linker = worker.job, worker.nlp, worker.linker
    kb = linker.kb
    source = kb.provenance
    return {
        "pipeline": {"name": job.pipeline, "version": nlp.meta.get("version"), "sha256": _checksum(nlp)},
        "kb": {"source": source.source, "version": source.version, "fingerprint": kb.fingerprint, "concepts": len(kb)},
        "settings": {**json.loads(json.dumps(asdict(linker.settings))), "threshold": linker.threshold},
        "precision": linker.precision,
        "given": job.given,
        "batch_size": job.batch_size,
        "shard_size": shard_size,
        "format": job.form,
        "packages": {name: _version(name) for name in PACKAGES},
    }


def check_same_run(run: Json, folder: RunFolder) -> None:
    """Raises ConfigError for the folder of another one."""
    before = load_json(folder.settings)
    if before is not None and (changed := list(_differences(run, before))):
        raise ConfigError(
            f"{folder.path} holds a run with another {' and another '.join(changed)}: give another "
            "folder, or delete it to begin anew."
        )


def note_run(run: Json, folder: RunFolder) -> None:
    """From now on the folder is that of this run."""
    if load_json(folder.settings) != run:
        save_json(run, folder.settings)


def _differences(run: Json, before: Json) -> Iterator[str]:
    """The names of what is not the same, of settings each by its own."""
    for name, value in run.items():
        other = before.get(name)
        if value == other:
            continue
        if name == "settings" and isinstance(other, dict):
            changed = (one for one in value if value[one] != other.get(one))
            yield from (f"{one} ({other.get(one)!r}, now {value[one]!r})" for one in changed)
        else:
            yield name


def write_manifest(run: Json, inputs: Iterable[Input], shards: Iterable[Shard], folder: RunFolder) -> Totals:
    """Writes the manifest of a run that is done: one line for the run, each input, each record that cannot be read,
    each shard, each article that failed, and the totals."""
    totals = Totals()
    with whole(folder.manifest, folder.room) as fresh:
        with fresh.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_readable(line) + "\n" for line in _lines(run, inputs, shards, folder, totals))
        synced(fresh)
    shutil.rmtree(folder.room, ignore_errors=True)
    return totals


def _lines(
    run: Json, inputs: Iterable[Input], shards: Iterable[Shard], folder: RunFolder, totals: Totals
) -> Iterator[Json]:
    yield {"kind": "run", **run}
    for one in inputs:
        totals.unread += one.n_problems
        said = {"path": one.path, "format": one.format, "bytes": one.n_bytes, "sha256": one.sha256}
        kept = int(one.kept().sum())
        yield {"kind": "input", **said, "articles": kept, "older_or_deleted": one.n_articles - kept}
        yield from ({"kind": "unread", "path": one.path, "reason": reason} for reason in one.problems())
    for shard in shards:
        report = load_json(folder.report(shard.name))
        failed = report.pop("failed")
        _add(totals, report, failed)
        report["input"] = shard.source.path  # where it is now
        yield {"kind": "shard", **{name: value for name, value in report.items() if name != "key"}}
        yield from ({"kind": "failed", "shard": shard.name, **one} for one in failed)
    yield {"kind": "totals", **vars(totals)}


def _readable(line: Json) -> str:
    """Letters as they are; what a file's name has that is none, escaped."""
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def _add(totals: Totals, report: Json, failed: list[Json]) -> None:
    totals.shards += 1
    totals.articles += report["articles"]
    totals.failed += len(failed)
    totals.mentions += report.get("mentions", 0)
    totals.linked += report.get("linked", 0)
    totals.lost += Counter(report.get("lost", {}))


def _checksum(nlp: Any) -> str:
    """Of the files that the pipeline was read from."""
    return sha256_of(nlp.path) if nlp.path else ""


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
