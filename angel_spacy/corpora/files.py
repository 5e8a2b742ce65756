"""Bytes in and out: gzip told by its magic bytes, lines with their numbers, one way to report what is wrong."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from ..errors import CorpusError

OnError = Callable[[CorpusError], None]

_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
UNREADABLE = (OSError, EOFError, zlib.error)  # what a missing, truncated or damaged file raises while it is read


class CutShortError(CorpusError):
    """A file that cannot be read to its end: what came before the damage is good."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Raises what is wrong in the file at `path`, or hands it to `on_error` so that reading goes on."""

    path: Path
    on_error: OnError | None = None

    def __call__(
        self,
        problem: str,
        *,
        record: int | None = None,
        line: int | None = None,
        kind: type[CorpusError] = CorpusError,
    ) -> None:
        """Report `problem`, a sentence that ends with its remedy; records and lines count from 1."""
        places = [("record", record), ("line", line)]
        where = "".join(f", {name} {number}" for name, number in places if number is not None)
        error = kind(f"{self.path}{where}: {problem}")
        if self.on_error is None:
            raise error
        self.on_error(error)

    def cut_short(self, error: Exception, line: int | None = None) -> None:
        """Report that reading ended before the file did."""
        self(f"cannot read on ({error}); check the path, or fetch the file again", line=line, kind=CutShortError)


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, decompressed when they begin as gzip does, whatever the file's name."""
    with path.open("rb") as file:
        zipped = file.read(2) == _GZIP_MAGIC
    return cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb")


@contextmanager
def open_output(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file to write, gzip when the name ends with `.gz`; line ends stay as written.

    Until all is written the file is called `NAME.part`; so it stays where writing fails.
    """
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as raw, _packed(raw, path) as file:
        yield file
    part.replace(path)


def _packed(raw: BinaryIO, path: Path) -> TextIO:
    packed = gzip.GzipFile(path.name, "wb", fileobj=raw) if path.suffix == ".gz" else raw
    return io.TextIOWrapper(cast(BinaryIO, packed), encoding="utf-8", newline="\n")


def numbered_lines(path: Path, report: Reporter) -> Iterator[tuple[int, str]]:
    """Lines without their end, counted from 1; one that is not UTF-8 is reported and left out."""
    number = 0
    try:
        with open_bytes(path) as file:
            for number, raw in enumerate(file, 1):
                text = _decoded(raw.removeprefix(_BOM) if number == 1 else raw)
                if text is None:
                    report("expected UTF-8 text, found other bytes; save the file as UTF-8", line=number)
                else:
                    yield number, text
    except UNREADABLE as error:
        report.cut_short(error, line=number + 1)


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return None
