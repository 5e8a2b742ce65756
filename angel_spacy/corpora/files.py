"""Bytes in and out: gzip told by its magic bytes, lines with their numbers, one way to report what is wrong."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from ..errors import CorpusError

OnError = Callable[[CorpusError], None]

_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
UNREADABLE = (OSError, EOFError, zlib.error)  # what a missing, truncated or damaged file raises while it is read


@dataclass(frozen=True, slots=True)
class Reporter:
    """Raises what is wrong in the file at `path`, or hands it to `on_error` so that reading goes on."""

    path: Path
    on_error: OnError | None = None

    def __call__(self, problem: str, *, record: int | None = None, line: int | None = None) -> None:
        """Report `problem`, a sentence that ends with its remedy; records and lines count from 1."""
        places = [("record", record), ("line", line)]
        where = "".join(f", {name} {number}" for name, number in places if number is not None)
        error = CorpusError(f"{self.path}{where}: {problem}")
        if self.on_error is None:
            raise error
        self.on_error(error)


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, decompressed when they begin as gzip does, whatever the file's name."""
    with path.open("rb") as file:
        zipped = file.read(2) == _GZIP_MAGIC
    return cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb")


def open_output(path: Path) -> TextIO:
    """A UTF-8 text file to write, gzip when the name ends with `.gz`; line ends stay as written."""
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "wt", encoding="utf-8", newline="\n"))
    return path.open("w", encoding="utf-8", newline="\n")


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
        report(f"cannot read on ({error}); check the path, or fetch the file again", line=number + 1)


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return None
