"""The files that are meant: by name, by pattern, by folder."""

import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...corpora.formats import FORMATS, Format, format_called, suffix_of
from ...errors import CorpusError
from .folder import MANIFEST, is_of_run

_TEXT = ".txt"  # a README is no corpus, unless it is asked for
_SUFFIXES = {suffix for one in FORMATS for suffix in one.suffixes} - {_TEXT}
_FOLDERS = tuple(one for one in FORMATS if one.holds and not one.suffixes)


def find_inputs(patterns: Iterable[str], form: str | None = None) -> list[Path]:
    """The files, each once, in the order of the patterns, those of a pattern or a folder by name.

    A folder that is one corpus (brat, Knowtator) is one of them. Of another folder all files in it, however deep, whose
    suffix is that of a corpus, plain text aside, or of the format `form`; but those of folders to which a run wrote.
    Raises CorpusError for what names nothing, and for a folder that is one corpus and holds others.
    """
    asked = format_called(form) if form else None
    found: dict[str, Path] = {}
    for pattern in patterns:
        files = list(_files(pattern, asked))
        if not files:
            raise CorpusError(f"{pattern}: there is no such file, nor one in it to annotate; check the path.")
        for path in files:
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _files(pattern: str, asked: Format | None) -> Iterator[Path]:
    named = [pattern] if Path(pattern).exists() else sorted(glob.glob(pattern, recursive=True))
    for path in map(Path, named):
        if path.is_dir():
            yield from _of_folder(path, asked)
        else:
            yield path


def _of_folder(folder: Path, asked: Format | None) -> list[Path]:
    if asked in _FOLDERS:
        return [folder]
    files = sorted(_below(folder))
    if asked:
        return [path for path in files if _is_of(path, asked)]
    found: dict[Format | None, list[Path]] = {}  # None: a file that is a corpus by itself
    for path in files:
        whole = next((one for one in _FOLDERS if path.match(one.holds)), None)
        if whole or suffix_of(path) in _SUFFIXES:
            found.setdefault(whole, []).append(path)
    if not any(found):
        return found.get(None, [])
    if len(found) > 1:
        raise CorpusError(
            f"{folder} holds files of several corpora ({', '.join(str(of_one[0]) for of_one in found.values())}): "
            "name the format of those that are meant, or each corpus by itself."
        )
    return [folder]


def _is_of(path: Path, form: Format) -> bool:
    suffixes = form.suffixes or ((_TEXT,) if form.name == "text" else ())
    return suffix_of(path) in suffixes or bool(re.search(form.called, path.name))


def _below(folder: Path) -> Iterator[Path]:
    """All files, through links too, each folder once; none that is hidden, nor of a run. Raises OSError for a folder
    that cannot be looked into."""
    seen = set()
    for name, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        here = Path(name)
        if here.resolve() in seen or (here != folder and is_of_run(here)):
            folders.clear()
            continue
        seen.add(here.resolve())
        folders[:] = (one for one in folders if not one.startswith("."))
        paths = [here / one for one in files if not one.startswith(".")]
        if is_of_run(here):
            paths = [path for path in paths if path.name != MANIFEST]
        yield from paths


def _raise(error: OSError) -> None:
    raise error
