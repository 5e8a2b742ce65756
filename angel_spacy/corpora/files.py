"""One way to report what is wrong in a corpus, and its lines with their numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import files
from ..errors import CorpusError

OnError = Callable[[CorpusError], None]


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


def numbered_lines(path: Path, report: Reporter) -> Iterator[tuple[int, str]]:
    """Lines without their end, counted from 1; one that is not UTF-8 is reported and left out."""
    try:
        for number, text in files.numbered_lines(path):
            if text is None:
                report("expected UTF-8 text, found other bytes; save the file as UTF-8", line=number)
            else:
                yield number, text
    except files.UnreadableError as error:
        report.cut_short(error.reason, line=error.line)
