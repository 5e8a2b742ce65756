"""Disks that are full, folders that may not be written: an error in one line, and what was there stays."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .toys import angel, started, stored_pipeline, waited, write_concepts, write_texts
from .trials import Effort, Outcome, SkippedError, check

_OLD = "what was there before\n"
_SUFFIXES = ("jsonl", "jsonl.gz", "pubtator", "xml", "json", "spacy", "parquet")


def full(_: Effort) -> Outcome:
    """Every output on a disk with less room than it needs."""
    outcome = Outcome()
    with TemporaryDirectory() as room, _mounted(Path(room, "small"), "size=128k") as small:
        for name, words in _commands(Path(room), small, n=4000):
            target = small / name
            target.write_text(_OLD) if "." in name else None
            (small / "other").write_bytes(bytes(116 << 10))
            code, said = angel(*words)
            check(outcome, code == 1 and "No space left" in said, f"{name}: exit code {code}, {said[-200:]}")
            kept = target.read_bytes() == _OLD.encode() if "." in name else not target.exists() or name == "shards"
            check(outcome, kept, f"{name}: what was there is gone")
            left = [path.name for path in small.iterdir() if path.name not in (name, f"{name}.part", "other")]
            check(outcome, not left, f"{name}: {left} stays")
            for path in small.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    return outcome


def read_only(_: Effort) -> Outcome:
    """Every output in a folder that cannot be written to: a read-only disk, and one of another user."""
    outcome = Outcome()
    with TemporaryDirectory() as room:
        Path(room).chmod(0o755)
        with _mounted(Path(room, "fixed"), "ro") as fixed:
            for name, words in _commands(Path(room), fixed, n=10):
                code, said = angel(*words)
                check(outcome, code == 1 and "Read-only" in said, f"{name}, disk: exit code {code}, {said[-200:]}")
        theirs = Path(room, "theirs")
        theirs.mkdir(mode=0o755)
        for name, words in _commands(Path(room), theirs, n=10):
            code = waited(started(lambda words=words: _as_nobody(words)))
            check(outcome, code == 0, f"{name}, permissions: {'another error' if code == 3 else f'exit code {code}'}")
            check(outcome, not list(theirs.iterdir()), f"{name}: something was written")
    return outcome


def _as_nobody(words: list[object]) -> int:
    """0 where a user without rights gets an error in one line."""
    os.setgid(65534)
    os.setuid(65534)
    code, said = angel(*words)
    return 0 if code == 1 and "ermission denied" in said else 3


def _commands(room: Path, folder: Path, n: int) -> Iterator[tuple[str, list[object]]]:
    """(name of the output, command that writes it into the folder)."""
    pipeline = room / "pipeline"
    if not pipeline.exists():
        stored_pipeline(room)
    texts, concepts = write_texts(room / "texts.jsonl", n), write_concepts(room / "concepts.jsonl", n)
    for suffix in _SUFFIXES:
        yield f"a.{suffix}", ["annotate", texts, folder / f"a.{suffix}", "--pipeline", pipeline]
    yield "shards", ["annotate", texts, f"{folder}/shards/", "--pipeline", pipeline, "--n-process", 1]
    yield "brat", ["corpus", "convert", texts, folder / "brat", "--to", "brat"]
    yield "kb", ["kb", "build", "jsonl", concepts, folder / "kb"]


@contextmanager
def _mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small disk in memory."""
    folder.mkdir()
    if os.geteuid():
        raise SkippedError("only root may mount a disk")
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SkippedError(f"no disk can be mounted here ({done.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
