"""Files of others, read in a folder of their own: never more of them than the limits allow."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from ..corpora.formats import FORMATS, guess_format, read_linked_articles
from ..errors import CorpusError
from ..files import unpacked_name
from ..records import LinkedArticle
from .limits import Limits

UNPACKED = 4  # times the size of a body that a packed file may have
_PROBLEMS = 100  # that are told
_NOT_READ = ("parquet", "docbin", "marked", "knowtator", "brat")  # packed in ways that no limit holds for, or folders
READABLE = tuple(one.name for one in FORMATS if one.name not in _NOT_READ)
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_CHUNK = 1 << 16  # bytes
_LONGEST_NAME = 60  # characters


@dataclass(slots=True)
class Reading:
    """What was read, and what is wrong with the rest, in sentences."""

    articles: list[LinkedArticle] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class TooMuchError(CorpusError):
    """A file that is larger than the limits, or takes longer."""


def read(content: bytes, name: str, limits: Limits) -> Reading:
    """The articles of a file, gzip or not, whose `name` and beginning tell its format; they keep their mentions.

    Raises CorpusError where nothing of it can be read, TooMuchError where it unpacks to too much or takes too long.
    """
    content = _unpacked(content, UNPACKED * limits.bytes)
    with TemporaryDirectory(prefix="angel-") as folder:
        path = Path(folder, _safe(name))
        path.write_bytes(content)
        try:
            return _read(path, time.monotonic() + limits.seconds)
        except CorpusError as error:
            raise type(error)(_told(error, path)) from None


def _read(path: Path, deadline: float) -> Reading:
    kind = guess_format(path)
    if kind not in READABLE:
        raise CorpusError(f"{path}: {kind} is not read here; convert it to JSONL with `angel corpus convert`.")
    found, errors = Reading(), _Problems()
    for article in read_linked_articles(path, kind, errors):
        if time.monotonic() > deadline:
            raise TooMuchError(f"{path}: reading it takes too long; send a part of it.")
        found.articles.append(article)
    found.problems = [_told(error, path) for error in errors.first] + errors.rest()
    return found


@dataclass(slots=True)
class _Problems:
    """The first problems of a file, and how many more there are."""

    first: list[CorpusError] = field(default_factory=list)
    n_more: int = 0

    def __call__(self, error: CorpusError) -> None:
        if len(self.first) < _PROBLEMS:
            self.first.append(error)
        else:
            self.n_more += 1

    def rest(self) -> list[str]:
        return [f"There are {self.n_more:,} more such problems; correct these first."] if self.n_more else []


def _told(error: CorpusError, path: Path) -> str:
    """The error without our folder's name."""
    return str(error).replace(f"{path.parent}/", "")


def _safe(name: str) -> str:
    """A file's own name, whatever else `name` says, in characters that every file system knows."""
    own = unpacked_name(re.split(r"[/\\]", name)[-1])
    return re.sub(r"[^A-Za-z0-9._-]", "_", own)[-_LONGEST_NAME:].lstrip(".") or "file"


def _unpacked(content: bytes, most: int) -> bytes:
    """What is in a gzip file; any other as it is."""
    if content.startswith(_GZIP):
        content = b"".join(_gunzipped(content, most))
        if content.startswith(_GZIP):
            raise CorpusError("The file is packed twice; unpack it once before you send it.")
    if content.startswith(_ZIP):
        raise CorpusError("This is a zip archive; unpack it and send the files one by one.")
    return content


def _gunzipped(content: bytes, most: int) -> Iterator[bytes]:
    """The parts of a gzip file, of which there may be several behind each other."""
    size = 0
    while content.startswith(_GZIP):
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not unpack.eof:
            try:
                part = unpack.decompress(content, _CHUNK)
            except zlib.error as error:
                raise CorpusError(f"The file is damaged ({error}); pack it again.") from None
            content = unpack.unconsumed_tail
            size += len(part)
            if size > most:
                raise TooMuchError(f"The file unpacks to more than {most:,} bytes; send a part of it.")
            if not part and not content and not unpack.eof:
                raise CorpusError("The file ends too early; send all of it.")
            yield part
        content = unpack.unused_data
