"""The files that are meant: by name, by pattern, by folder."""

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...corpora.formats import FORMATS
from ...errors import CorpusError
from .folder import HIDDEN

_SUFFIXES = {suffix for one in FORMATS for suffix in one.suffixes} - {".txt"}  # a README is no corpus


def find_inputs(patterns: Iterable[str]) -> list[Path]:
    """The files, each once, in the order of the patterns, those of a pattern or a folder by name.

    A folder that is one corpus (brat, Knowtator) is one of them; of another folder all files in it, however deep, whose
    suffix is that of a corpus, plain text aside, but those of folders to which a run writes. Raises CorpusError for
    what names nothing.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        files = list(_files(pattern))
        if not files:
            raise CorpusError(f"{pattern}: there is no such file, nor one in it to annotate; check the path.")
        for path in files:
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _files(pattern: str) -> Iterator[Path]:
    named = [pattern] if Path(pattern).exists() else sorted(glob.glob(pattern, recursive=True))
    for path in map(Path, named):
        if path.is_dir() and not _is_one_corpus(path):
            runs = {one.parent for one in path.rglob(HIDDEN)} - {path}
            files = (one for one in path.rglob("*") if _is_corpus(one.relative_to(path)) and one.is_file())
            yield from sorted(one for one in files if runs.isdisjoint(one.parents))
        else:
            yield path


def _is_one_corpus(folder: Path) -> bool:
    patterns = (one.holds for one in FORMATS if one.holds and not one.suffixes)
    return any(next(folder.rglob(pattern), None) for pattern in patterns)


def _is_corpus(path: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.parts)
    suffix = (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()
    return not is_hidden and suffix in _SUFFIXES
