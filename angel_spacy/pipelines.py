"""Pipelines by name: the starter, a folder, or an installed package. Folders that we wrote are checked before they are
loaded."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import spacy
import srsly
from spacy.language import Language

from .arrays.checksums import CHECKSUMS, damaged_files, not_as_written, write_checksums
from .errors import AngelError, ModelError

STARTER = "starter"  # its name
STARTER_FOLDER = Path(__file__).parent / "starter" / "pipeline"
STARTER_LINKER = STARTER_FOLDER / "angel_linker"  # model, kb, trie, calibration
DEMO_TEXTS = STARTER_FOLDER.with_name("demo.jsonl")

_CONFIG, _META = "config.cfg", "meta.json"  # what every pipeline folder has
_READERS: dict[str, Callable[[Path], Any]] = {
    _CONFIG: spacy.util.load_config,
    "cfg": srsly.read_json,
    "vectors.cfg": srsly.read_json,
    "vectors": lambda path: np.load(path, allow_pickle=False),
    ".json": srsly.read_json,
    ".jsonl": lambda path: list(srsly.read_jsonl(path)),
    ".bin": srsly.read_msgpack,
    **dict.fromkeys(("model", "moves", "tokenizer", "key2row"), srsly.read_msgpack),
}
"""How spaCy's own files can be read, by their name or suffix."""


def load_pipeline(name: str | Path, **kwargs: Any) -> Language:
    """The pipeline that `name` says; `kwargs` are those of `spacy.load`. Raises ModelError when it cannot be loaded, or
    when a file of it is not as `store_pipeline` wrote it."""
    if name == STARTER:
        name = _starter_folder()
    _check_as_written(Path(name))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Possible (set|nested)", FutureWarning)  # scispaCy's tokenizer rules
            return spacy.load(name, **kwargs)
    except AngelError:
        raise
    except Exception as error:  # a damaged folder raises whatever its readers raise
        if damaged := _unreadable_file(Path(name)):
            raise ModelError(f"{damaged} cannot be read ({error}). Restore it, or store the pipeline again.") from error
        raise ModelError(
            f"The pipeline {str(name)!r} cannot be loaded ({error}). "
            f"Give a pipeline folder, the name of an installed package, or {STARTER!r}."
        ) from error


def store_pipeline(nlp: Language, folder: Path) -> None:
    """Writes the pipeline, and the checksums by which `load_pipeline` knows that all of it is as it was."""
    nlp.to_disk(folder)
    write_checksums(folder)


def forget_checksums(folder: Path) -> None:
    """A part of the pipeline in `folder` is written anew: what `store_pipeline` knew of it holds no longer."""
    if all((folder / name).is_file() for name in (_CONFIG, _META)):
        (folder / CHECKSUMS).unlink(missing_ok=True)


@contextmanager
def kept_checksums(folder: Path) -> Iterator[None]:
    """Around what writes a part of the pipeline in `folder` anew: where it has a list, it has a new one then."""
    had_some = (folder / CHECKSUMS).is_file()
    yield
    if had_some:
        write_checksums(folder)


def _check_as_written(folder: Path) -> None:
    if damaged := damaged_files(folder):
        raise ModelError(not_as_written(folder / damaged[0]))


def _unreadable_file(folder: Path) -> Path | None:
    """The first of spaCy's files in a pipeline folder that is damaged so that nothing can read it."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        reader = _READERS.get(path.name) or _READERS.get(path.suffix)
        try:
            if reader:
                reader(path)
        except Exception:
            return path
    return None


def _starter_folder() -> Path:
    if not (STARTER_FOLDER / "config.cfg").is_file():
        raise ModelError(
            f"The starter pipeline is absent from this installation ({STARTER_FOLDER}). Install angel-spacy again, "
            "or name a pipeline of your own."
        )
    return STARTER_FOLDER
