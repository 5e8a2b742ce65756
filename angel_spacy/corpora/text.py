"""Plain text: paragraphs between empty lines are articles."""

from collections.abc import Iterator
from pathlib import Path

from ..records import Article
from .files import OnError, Reporter, numbered_lines


def read_text(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """One article for each paragraph, its lines joined by spaces; ids are the file's first name and a number."""
    path = Path(path)
    stem = "_".join(path.name.split(".")[0].split()) or "text"
    for number, paragraph in enumerate(_paragraphs(path, Reporter(path, on_error)), 1):
        yield Article(f"{stem}-{number}", "", paragraph)


def _paragraphs(path: Path, report: Reporter) -> Iterator[str]:
    lines: list[str] = []
    for _, line in numbered_lines(path, report):
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield " ".join(lines)
            lines = []
    if lines:
        yield " ".join(lines)
