"""An angel_linker as a folder or as bytes. Five parts, each of which may be left out: calibration, model, encoder, kb,
trie."""

import logging
from collections.abc import Callable, Iterable, Set
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from weakref import ReferenceType, ref

import srsly
from spacy import util

from ..arrays.checksums import damaged_files, not_as_written, write_checksums
from ..candidates.generated import Generated
from ..candidates.index import NameIndex
from ..candidates.weights import EvidenceWeights
from ..errors import ConfigError, KnowledgeBaseError, ModelError
from ..kb import KnowledgeBase
from ..models.generator import Generator
from ..models.name_encoder import NameEncoder
from ..models.precision import Weights, weights_of
from ..pipelines import forget_checksums
from ..prompts import Prompter
from .settings import Calibration

GetPrompter = Callable[[], Prompter]

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What was read; None where it was left out."""

    calibration: Calibration | None = None
    generator: Generator | None = None
    encoder: NameEncoder | None = None
    kb: KnowledgeBase | None = None
    index: NameIndex | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing was left out."""
        return None not in (self.calibration, self.generator, self.encoder, self.kb, self.index)


@dataclass(frozen=True)
class StoredFolder:
    """The folder that a whole linker was read from, and how folder and linker were then."""

    folder: Path
    files: tuple[tuple[str, int, int], ...]
    linker: ReferenceType[Generated]
    weights: Weights

    @classmethod
    def of(cls, folder: Path, linker: Generated) -> "StoredFolder":
        """As they are now."""
        folder = folder.absolute()
        return cls(folder, _files(folder), ref(linker), weights_of(linker.generator.network))

    def unchanged(self, linker: Generated) -> Path | None:
        """The folder, if it still holds what `linker` is; a calibration of later is not looked at."""
        same = linker is self.linker() and linker.kb.version == 0
        same = same and weights_of(linker.generator.network) == self.weights
        return self.folder if same and _files(self.folder) == self.files else None


def save(
    folder: Path, linker: Generated, encoder: NameEncoder, calibration: Calibration, exclude: Iterable[str]
) -> None:
    """Writes the parts into `folder`."""
    linker = _renumbered(linker)
    writers: dict[str, Callable[[Path], Any]] = {
        "calibration": lambda path: srsly.write_json(path, asdict(calibration)),
        "model": lambda path: linker.generator.to_folder(path),
        "encoder": lambda path: encoder.to_file(path),
        "kb": lambda path: linker.kb.to_disk(path),
        "trie": lambda path: linker.index.to_disk(path),
    }
    util.to_disk(folder, writers, exclude)
    write_checksums(folder)
    forget_checksums(folder.parent)  # a pipeline that was stored before is another now


def load(folder: Path, get_prompter: GetPrompter, exclude: Iterable[str]) -> Parts:
    """The parts in `folder`, all checked before any is used; the trie stays on disk, memory-mapped.

    `get_prompter` tells how names are tokenised when the model is left out. Raises ModelError, KnowledgeBaseError, also
    where a file of up to 64 MiB is not as it was written.
    """
    wanted = {"calibration", "model", "encoder", "kb", "trie"} - set(exclude)
    try:
        parts = _read(folder, get_prompter, wanted)
    except (ModelError, KnowledgeBaseError) as error:
        if damaged := _damaged_file(folder, wanted):
            raise type(error)(f"{damaged} is not as it was written. {error}") from error
        raise
    if damaged := _damaged_file(folder, wanted):
        raise ModelError(not_as_written(damaged))
    return parts


def _read(folder: Path, get_prompter: GetPrompter, wanted: Set[str]) -> Parts:
    generator = Generator.from_folder(folder / "model") if "model" in wanted else None
    stored = folder / "encoder"  # absent before version 0.2
    encoder = NameEncoder.from_file(stored) if "encoder" in wanted and stored.is_file() else None
    kb = KnowledgeBase.from_disk(folder / "kb") if "kb" in wanted else None
    index = None
    if kb is not None and "trie" in wanted and (folder / "trie").is_dir():
        index = NameIndex.from_disk(folder / "trie", kb, generator.prompter if generator else get_prompter())
    calibration = read_calibration(folder / "calibration") if "calibration" in wanted else None
    return Parts(calibration, generator, encoder, kb, index)


def _damaged_file(folder: Path, wanted: Set[str]) -> Path | None:
    """The first file of these parts that is not as the lists of checksums say: that of the folder, and that of each
    part that is a folder. So a part may be replaced as a whole."""
    own = (folder / name for name in damaged_files(folder) if name in wanted)
    parts = (folder / part / name for part in sorted(wanted) for name in damaged_files(folder / part))
    return next(chain(own, parts), None)


def to_bytes(linker: Generated, encoder: NameEncoder, calibration: Calibration, exclude: Iterable[str]) -> bytes:
    """What `save` writes, as one msgpack."""
    linker = _renumbered(linker)
    makers: dict[str, Callable[[], Any]] = {
        "calibration": lambda: asdict(calibration),
        "model": lambda: linker.generator.to_bytes(),
        "encoder": lambda: encoder.to_bytes(),
        "kb": lambda: linker.kb.to_bytes(),
        "trie": lambda: linker.index.to_bytes(),
    }
    data: bytes = util.to_bytes(makers, exclude)
    return data


def from_bytes(data: bytes, get_prompter: GetPrompter, exclude: Iterable[str]) -> Parts:
    """The parts that `to_bytes` stored; otherwise as `load`."""
    content = _unpacked(data)
    content = {part: value for part, value in content.items() if part not in set(exclude)}
    generator = Generator.from_bytes(content["model"]) if "model" in content else None
    encoder = NameEncoder.from_bytes(content["encoder"]) if "encoder" in content else None
    kb = KnowledgeBase.from_bytes(content["kb"]) if "kb" in content else None
    index = None
    if kb is not None and "trie" in content:
        index = NameIndex.from_bytes(content["trie"], kb, generator.prompter if generator else get_prompter())
    calibration = _calibration(content["calibration"]) if "calibration" in content else None
    return Parts(calibration, generator, encoder, kb, index)


def read_calibration(path: Path) -> Calibration:
    """The calibration stored with a component; 0 and a warning where there is none. Raises ModelError for a damaged
    file."""
    if not path.is_file():
        _LOGGER.warning("%s is missing: the threshold is 0. Set the one you want: `linker.threshold = 0.5`.", path)
        return Calibration()
    try:
        return _calibration(srsly.read_json(path))
    except (ConfigError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path} cannot be read ({error!r}). Restore the pipeline or save it again.") from error


def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of change of each file."""
    found = ((path, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file())
    return tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in found)


def _calibration(stored: dict[str, Any]) -> Calibration:
    stored = dict(stored)
    weights = stored.get("weights")
    if weights is not None:
        EvidenceWeights.from_dict(weights)  # what is wrong with them shall be known now
    return Calibration(float(stored["threshold"]), stored.get("setting"), stored.get("combine"), weights)


def _unpacked(data: bytes) -> dict[str, Any]:
    try:
        return dict(srsly.msgpack_loads(data))
    except (ValueError, TypeError) as error:
        raise ModelError(f"These bytes hold no angel_linker ({error!r}). Store the pipeline again.") from error


def _renumbered(linker: Generated) -> Generated:
    """The linker with the rows that its stored KB will have: holes of removed concepts close when it is saved."""
    if linker.kb.version == 0:
        return linker
    return Generated(linker.generator, KnowledgeBase.from_bytes(linker.kb.to_bytes()))
