"""Where a run keeps what: shards and manifest for all to see, and in a hidden folder what a later run goes on from."""

import glob
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...files import locked, synced, whole

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True)
class RunFolder:
    """The folder of a run whose shards end with `suffix`."""

    path: Path
    suffix: str

    @property
    def manifest(self) -> Path:
        """What the run read and wrote, when it is done."""
        return self.path / MANIFEST

    @property
    def settings(self) -> Path:
        """What the shards were made with: a later run has to say the same."""
        return self._hidden / "run.json"

    @property
    def inputs(self) -> Path:
        """What is known of the inputs."""
        return self._hidden / "inputs"

    @property
    def vectors(self) -> Path:
        """Those of the KB's names, while the run goes on: its workers share them."""
        return self._hidden / "vectors"

    def shard(self, name: str) -> Path:
        """A shard's articles."""
        return self.path / f"{name}{self.suffix}"

    def report(self, name: str) -> Path:
        """What is said of a shard that is done."""
        return self._done / f"{name}.json"

    def tries(self, name: str) -> Path:
        """Of a shard that is begun and not done: what was tried."""
        return self._hidden / "tries" / name

    @contextmanager
    def held(self) -> Iterator[None]:
        """For one run at a time. What a killed one left half written goes. Raises BusyError while another one runs."""
        self._done.mkdir(parents=True, exist_ok=True)
        with locked(self._hidden / "lock"):
            for folder in (self.path, self._hidden, self._done):
                _sweep(folder, keep=self._hidden)
            yield

    def keep_only(self, names: Iterable[str]) -> None:
        """Removes the shards, and what is said of them, that are not of these names, and what served the run alone."""
        shutil.rmtree(self.vectors, ignore_errors=True)
        kept = set(names)
        for path in self.path.glob(f"*{glob.escape(self.suffix)}"):
            if path.name.removesuffix(self.suffix) not in kept:
                path.unlink()
        for path in self._done.glob("*.json"):
            if path.stem not in kept:
                path.unlink()

    @property
    def _hidden(self) -> Path:
        return self.path / ".angel"

    @property
    def _done(self) -> Path:
        return self._hidden / "done"


def _sweep(folder: Path, keep: Path) -> None:
    """Removes the hidden folders in which something was being written."""
    for path in folder.glob(".*"):
        if path.is_dir() and path != keep:
            shutil.rmtree(path, ignore_errors=True)


def load_json(path: Path) -> Any:
    """What `save_json` wrote; None where there is nothing, or where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def save_json(value: Any, path: Path) -> None:
    """Written whole, and on the disk when this returns."""
    with whole(path) as fresh:
        fresh.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        synced(fresh)
