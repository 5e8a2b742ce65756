"""Source files as numbered lines, and lines as concepts; every error names the file and the line."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ...errors import KnowledgeBaseError
from ..concept import Concept
from ..identifiers import fold_id

_GZIP_MAGIC = b"\x1f\x8b"

LineParser = Callable[[str], Concept | None]


def open_source(path: str | Path) -> BinaryIO:
    """The bytes of a file, decompressed when it begins like a gzip file."""
    try:
        with open(path, "rb") as stream:
            magic = stream.read(len(_GZIP_MAGIC))
        return cast(BinaryIO, gzip.open(path, "rb") if magic == _GZIP_MAGIC else open(path, "rb"))
    except OSError as error:
        raise KnowledgeBaseError(f"Cannot read {path} ({error.strerror}); check the path.") from error


def numbered_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, line without its end) of a UTF-8 file, gzip or not."""
    number = 0
    try:
        with open_source(path) as stream:
            for number, raw in enumerate(stream, 1):
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise KnowledgeBaseError(f"{path}, line {number}: not UTF-8 ({error.reason}); convert the file.") from error
    except (EOFError, OSError, zlib.error) as error:
        raise KnowledgeBaseError(
            f"{path}, line {number + 1}: the file is cut short or damaged ({error}); fetch it again."
        ) from error


def read_concepts(path: str | Path, parse: LineParser) -> Iterator[Concept]:
    """The concepts that `parse` sees in the lines of a file; blank lines and those it gives None for are skipped."""
    first_line: dict[str, int] = {}
    for number, line in numbered_lines(path):
        try:
            concept = parse(line) if line.strip() else None
            if concept:
                check_fields(concept)
                check_distinct(concept, number, first_line)
        except KnowledgeBaseError as error:
            raise KnowledgeBaseError(f"{path}, line {number}: {error}.") from None
        if concept:
            yield concept


def check_fields(concept: Concept) -> None:
    """KnowledgeBaseError when a concept lacks its id or has a blank name."""
    if not fold_id(concept.concept_id):
        raise KnowledgeBaseError("the id is missing; give one or remove the line")
    if not all(name.strip() for name in concept.names):
        raise KnowledgeBaseError(f"a name of {concept.concept_id} is blank; fill it in or remove it")


def check_distinct(concept: Concept, number: int, first_line: dict[str, int]) -> None:
    """KnowledgeBaseError when the id of a concept was on an earlier line; `first_line` remembers."""
    first = first_line.setdefault(fold_id(concept.concept_id), number)
    if first != number:
        raise KnowledgeBaseError(f"id {concept.concept_id} is on line {first} too; merge the two lines")


def split_fields(text: str, separator: str = "|") -> tuple[str, ...]:
    """The non-blank parts of a field that holds a list."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())
