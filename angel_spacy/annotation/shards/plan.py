"""What there is to do: the articles of each input, cut into shards."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count, islice
from pathlib import Path

import numpy as np

from ...arrays.checksums import sha256_of
from ...arrays.files import map_arrays, save_arrays
from ...corpora.files import CutShortError
from ...corpora.formats import guess_format, read_articles
from ...corpora.pubmed_newest import Citations, Mask, newest, read_citations
from ...errors import CorpusError
from ...files import open_output, unpacked_name, whole
from ...records import Article
from .folder import load_json, save_json

PUBMED = "pubmed-xml"
_LONGEST = 180  # bytes of a file's name that its shards have; a file system allows 255
_UNKNOWN = "unknown"  # of a file that cannot be read
_INPUT, _KEPT, _CITATIONS, _PROBLEMS = "input.json", "kept", "citations", "problems.jsonl"


@dataclass(frozen=True)
class Input:
    """A file that was looked through, when it was in that `state`; its shards are called by its `name`. `n_articles` of
    it can be read.

    `is_chosen`: what is to be annotated of it is some of its articles; `folder` says which.
    """

    path: str
    state: str
    format: str
    name: str
    folder: str
    n_bytes: int
    sha256: str
    n_articles: int
    n_problems: int = 0
    is_cut_short: bool = False
    is_chosen: bool = False

    def kept(self) -> Mask:
        """(n_articles,) which are to be annotated."""
        return map_arrays(Path(self.folder, _KEPT))[_KEPT] if self.is_chosen else np.ones(self.n_articles, np.bool_)

    def problems(self) -> Iterator[str]:
        """What is wrong with its other records."""
        with Path(self.folder, _PROBLEMS).open(encoding="utf-8") as file:
            yield from map(json.loads, file)


@dataclass(frozen=True)
class Shard:
    """Articles `first` to `end` of an input, of which `n_articles` are annotated. The `key` says of which run, input
    and articles what is on the disk has to be."""

    name: str
    source: Input
    first: int
    end: int
    n_articles: int
    key: str


def look_through(path: Path, form: str | None, name: str, folder: Path, texts_only: bool) -> Input:
    """What there is in a file, whose format is `form` or guessed; kept in `folder`, so that it is read once.

    `texts_only`: what is wrong with its mentions is nobody's concern. Raises CorpusError for a file that could be read
    before, and cannot now: what was made of it is not to go.
    """
    state = _state(path)
    seen = {"path": os.path.realpath(path), "state": state, "format": form}
    stored, known = folder / _INPUT, known_input(folder)
    if known and load_json(stored)["seen"] == seen:
        return replace(known, folder=str(folder.resolve()))  # which may have been moved
    folder.mkdir(parents=True, exist_ok=True)
    found = _looked_through(path, state, form, name, folder, texts_only, known is not None and _is_whole(known))
    if found.format == PUBMED:
        with whole(folder / _CITATIONS) as fresh:
            save_arrays(fresh, asdict(read_citations(path)))
    save_json({"seen": seen, "input": asdict(found)}, stored)
    return found


def known_input(folder: Path) -> Input | None:
    """What `look_through` kept in the folder; None where it kept nothing, or a version before this one did."""
    try:
        return Input(**load_json(folder / _INPUT)["input"])
    except TypeError:
        return None


def _is_whole(one: Input) -> bool:
    return one.format != _UNKNOWN and not one.is_cut_short


def _looked_through(
    path: Path, state: str, form: str | None, name: str, folder: Path, texts_only: bool, was_whole: bool
) -> Input:
    n_problems, is_cut_short, n_articles, last = 0, False, 0, ""
    with open_output(folder / _PROBLEMS) as file:

        def hear(error: CorpusError) -> None:
            nonlocal n_problems, is_cut_short, last
            n_problems, last = n_problems + 1, str(error)
            is_cut_short |= isinstance(error, CutShortError)
            file.write(json.dumps(last) + "\n")

        try:
            _check_readable(path)
            form = form or guess_format(path)
            n_articles = sum(1 for _ in read_articles(path, form, hear, texts_only=texts_only))
        except CorpusError as error:  # nothing of it can be read
            hear(error)
            is_cut_short |= form is not None
            form = None
        if was_whole and (is_cut_short or form is None):
            raise CorpusError(
                f"{last}. It could be read before, and what was made of it stays: bring it back, "
                "or give another folder."
            )
    seen = (form or _UNKNOWN, name, str(folder.resolve()), *content_of(path), n_articles, n_problems, is_cut_short)
    return Input(os.path.realpath(path), state, *seen)


def _is_readable(path: Path) -> bool:
    """Whether it can be read, and read again."""
    return path.is_file() or path.is_dir()


def _check_readable(path: Path) -> None:
    if not _is_readable(path):
        raise CutShortError(f"{path}: that is no file, but a pipe, a device or a broken link; write a file")


def content_of(path: Path) -> tuple[int, str]:
    """(bytes, sha256) of a file, or of those of a folder; of what cannot be read no sha256."""
    if not _is_readable(path):
        return 0, ""
    try:
        return sum(one.stat().st_size for one in _files(path)), sha256_of(path)
    except OSError:
        return 0, ""


def _state(path: Path) -> str:
    """Another one when a file is, or one in a folder: no program sets the time at which a file's entry changed. Raises
    OSError."""
    if not _is_readable(path):
        return ""
    stats = ((one.relative_to(path), one.stat()) for one in _files(path))
    seen = [(str(name), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in stats]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def newest_of(inputs: Sequence[Input]) -> list[Input]:
    """The inputs; of PubMed's files, which are in the order of their names, the articles that none is newer than."""
    theirs = sorted((one for one in inputs if one.format == PUBMED), key=lambda one: Path(one.path).name)
    masks = newest([Citations(**map_arrays(Path(one.folder, _CITATIONS))) for one in theirs])
    chosen = set()
    for one, mask in zip(theirs, masks, strict=True):
        if not mask.all():
            chosen.add(one.name)
            with whole(Path(one.folder, _KEPT)) as fresh:
                save_arrays(fresh, {_KEPT: mask})
    return [replace(one, is_chosen=one.name in chosen) for one in inputs]


def shards_of(source: Input, size: int, run_key: str) -> Iterator[Shard]:
    """The shards of an input, in order; one without an article to annotate is left out."""
    kept = source.kept()
    for number, first in enumerate(range(0, source.n_articles, size)):
        end = min(first + size, source.n_articles)
        mask = kept[first:end]
        if n_articles := int(mask.sum()):
            said = (run_key, source.sha256, source.format, first, end, np.packbits(mask).tobytes().hex())
            key = hashlib.sha256(json.dumps(said).encode()).hexdigest()
            yield Shard(f"{source.name}-{number:05d}", source, first, end, n_articles, key)


def with_articles(shards: Sequence[Shard]) -> Iterator[tuple[Shard, list[Article]]]:
    """Shards of one input, in order, with their articles; the file is read once, as far as need be.

    Raises CorpusError for a file that is no longer as it was when it was looked through.
    """
    source = shards[0].source
    stream = enumerate(read_articles(Path(source.path), source.format, _unheard))
    at, kept = 0, source.kept()
    for shard in shards:
        for _ in islice(stream, shard.first - at):
            pass
        articles = [article for place, article in islice(stream, shard.end - shard.first) if kept[place]]
        if _state(Path(source.path)) != source.state:
            raise CorpusError(f"{source.path} changed while it was annotated; give the command again.")
        yield shard, articles
        at = shard.end


def names_of(paths: Sequence[Path]) -> list[str]:
    """What the shards of each file are called: as the file, its suffixes aside, with a number where that was used, and
    shorter where that would leave no room for what shards' names end with."""
    stems = [_not_too_long(unpacked_name(path).rpartition(".")[0] or path.name) for path in paths]
    used: set[str] = set()
    names = []
    for stem in stems:
        numbered = (f"{stem}~{number}" for number in count(2))
        name = stem if stem not in used else next(one for one in numbered if one not in used and one not in stems)
        used.add(name)
        names.append(name)
    return names


def _not_too_long(stem: str) -> str:
    name = os.fsencode(stem)
    return stem if len(name) <= _LONGEST else os.fsdecode(name[:_LONGEST]) + hashlib.sha256(name).hexdigest()[:16]


def _unheard(_: CorpusError) -> None:
    """What is wrong was heard when the file was looked through."""
