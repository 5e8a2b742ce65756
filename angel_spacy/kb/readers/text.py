"""Source files as numbered lines, and lines as concepts; every error names the file and the line."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ... import files
from ...errors import KnowledgeBaseError
from ..concept import Concept
from ..identifiers import fold_id

LineParser = Callable[[str], Concept | None]


def numbered_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, line without its end) of a UTF-8 file, gzip or not. Raises KnowledgeBaseError."""
    try:
        for number, line in files.numbered_lines(path):
            if line is None:
                raise KnowledgeBaseError(f"{path}, line {number}: not UTF-8; convert the file.")
            yield number, line
    except files.UnreadableError as error:
        if isinstance(error.reason, OSError) and error.reason.strerror:
            raise KnowledgeBaseError(f"Cannot read {path} ({error.reason.strerror}); check the path.") from error
        raise KnowledgeBaseError(
            f"{path}, line {error.line}: the file is cut short or damaged ({error}); fetch it again."
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
