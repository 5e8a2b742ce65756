"""One way to report what is wrong in a corpus, and its lines with their numbers."""

import json
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import files
from ..errors import CorpusError

OnError = Callable[[CorpusError], None]

_LONGEST = 1000  # characters of a problem that are shown
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a character beyond 16 bits, as JSON may write it


class CutShortError(CorpusError):
    """A file that cannot be read to its end: what came before the damage is good."""


class MentionError(CorpusError):
    """A mention that cannot be read as it is written: its article is good, who needs no mentions loses nothing."""


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
        error = self._error(problem, record, line, kind)
        if self.on_error is None:
            raise error
        self.on_error(error)

    def mended(self, problem: str, *, record: int, line: int, kind: type[CorpusError]) -> None:
        """Tell `on_error`, or warn, of what is wrong but was read all the same: nothing is lost, nothing raised."""
        error = self._error(problem, record, line, kind)
        if self.on_error is None:
            warnings.warn(str(error), stacklevel=2)
        else:
            self.on_error(error)

    def cut_short(self, error: Exception, line: int | None = None) -> None:
        """Report that reading ended before the file did."""
        self(f"cannot read on ({error}); check the path, or fetch the file again", line=line, kind=CutShortError)

    def _error(self, problem: str, record: int | None, line: int | None, kind: type[CorpusError]) -> CorpusError:
        places = [("record", record), ("line", line)]
        where = "".join(f", {name} {number}" for name, number in places if number is not None)
        if len(problem) > _LONGEST:
            problem = f"{problem[: _LONGEST // 2]} … {problem[-_LONGEST // 2 :]}"
        return kind(f"{self.path}{where}: {problem}")


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


def json_of(content: bytes) -> Any:
    """What a file of JSON holds. Raises ValueError and RecursionError."""
    text = content.decode(json.detect_encoding(content))
    value = json.loads(text)
    check_characters(value, text)
    return value


def check_characters(value: Any, source: str) -> None:
    """Raises ValueError when a text in `value`, which is the JSON of `source`, holds half a character."""
    if _HALF.search(source):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("half a surrogate pair, which no text may hold; write the whole character") from None
