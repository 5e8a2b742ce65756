"""Where a run keeps what: shards and manifest for all to see, and in a hidden folder what a later run goes on from."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import AngelError
from ...files import locked, synced, whole

MANIFEST = "manifest.jsonl"
HIDDEN = ".angel"
_SETTINGS = "run.json"


def is_of_run(folder: Path) -> bool:
    """Whether a run wrote shards into the folder, or began to."""
    return (folder / HIDDEN / _SETTINGS).is_file()


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
        return self._hidden / _SETTINGS

    @property
    def inputs(self) -> Path:
        """What is known of the inputs."""
        return self._hidden / "inputs"

    @property
    def vectors(self) -> Path:
        """Those of the KB's names, while the run goes on: its workers share them."""
        return self._hidden / "vectors"

    @property
    def room(self) -> Path:
        """For shards that are being written."""
        return self._hidden / "fresh"

    def shard(self, name: str) -> Path:
        """A shard's articles."""
        return self.path / f"{name}{self.suffix}"

    def report(self, name: str) -> Path:
        """What is said of a shard that is done."""
        return self._done / f"{name}.json"

    def tries(self, name: str) -> Path:
        """Of a shard that is begun and not done: what was tried."""
        return self._hidden / "tries" / name

    def begun(self) -> set[str]:
        """The names of the shards that were begun here, done or not."""
        return self.done() | {path.name for path in (self._hidden / "tries").glob("*")}

    def own(self) -> set[Path]:
        """The files that a run wrote for all to see, by their real paths."""
        real = Path(os.path.realpath(self.path))
        written = {self.shard(name).name for name in self.begun()} | ({MANIFEST} if is_of_run(self.path) else set())
        return {real / name for name in written}

    def done(self) -> set[str]:
        """The names of those that are done."""
        return {path.stem for path in self._done.glob("*.json")}

    @contextmanager
    def held(self) -> Iterator[None]:
        """For one run at a time. What a killed one left half written goes; one that is refused before it began a
        shard leaves nothing. Raises BusyError while another one runs."""
        made = [folder for folder in (self._hidden, self.path, *self.path.parents) if not folder.exists()]
        self._done.mkdir(parents=True, exist_ok=True)
        with locked(self._hidden / "lock"):
            shutil.rmtree(self.room, ignore_errors=True)
            for folder in (self._hidden, self._done):
                _sweep(folder)
            try:
                yield
            except (AngelError, OSError):
                if self._hidden in made and not self.begun():
                    shutil.rmtree(self._hidden, ignore_errors=True)
                    with suppress(OSError):  # somebody else put something there
                        for folder in made[1:]:
                            folder.rmdir()
                raise

    def keep_only(self, names: Iterable[str]) -> None:
        """Removes the shards of earlier runs, and what is said of them, that are not of these names, and what served
        the run alone. What else is in the folder is not ours."""
        for folder in (self.vectors, self.room):
            shutil.rmtree(folder, ignore_errors=True)
        for name in self.begun() - set(names):
            for path in (self.shard(name), self.report(name), self.tries(name)):
                path.unlink(missing_ok=True)

    @property
    def _hidden(self) -> Path:
        return self.path / HIDDEN

    @property
    def _done(self) -> Path:
        return self._hidden / "done"


def _sweep(folder: Path) -> None:
    """Removes the hidden folders in which something was being written."""
    for path in folder.glob(".*"):
        if path.is_dir():
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
        fresh.write_text(json.dumps(value), encoding="utf-8")
        synced(fresh)
