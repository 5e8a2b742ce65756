"""Preference pairs as records: what the model shall prefer to what, and as lines of JSON that a person can read."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import srsly

from ..errors import CorpusError
from ..files import whole


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """For `text[start:end]` the model shall prefer `chosen` to `rejected`, two different normalised names.

    Ranks count from 1 (0: not among the model's answers); scores are mean log-probabilities a token, of the answers.
    """

    text: str
    start: int
    end: int
    chosen: str
    rejected: str
    chosen_rank: int = 0
    rejected_rank: int = 0
    chosen_score: float | None = None
    rejected_score: float | None = None

    def __post_init__(self) -> None:
        if not all(isinstance(name, str) and name.strip() for name in (self.chosen, self.rejected)):
            raise CorpusError(f"A preference pair has {self.chosen!r} and {self.rejected!r}: give two names.")
        if self.chosen == self.rejected:
            raise CorpusError(f"A preference pair has {self.chosen!r} on both sides: give two different names.")
        if not 0 <= self.start < self.end <= len(self.text):
            raise CorpusError(f"A preference pair marks {self.start} to {self.end}, outside of its text: correct it.")


def write_pairs(pairs: Iterable[PreferencePair], path: Path) -> None:
    """One JSON object a line, the mention in words first; all or nothing."""
    with whole(path) as fresh:
        srsly.write_jsonl(fresh, map(_record, pairs))


def read_pairs(path: Path) -> Iterator[PreferencePair]:
    """The pairs in a file. Raises CorpusError that names the line of a record that is none."""
    if not path.is_file():
        raise CorpusError(f"{path} does not exist: give a file of preference pairs (JSON lines).")
    with path.open(encoding="utf8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _parsed(line, f"{path}, line {number}")


def _record(pair: PreferencePair) -> dict[str, Any]:
    return {"mention": pair.text[pair.start : pair.end], **asdict(pair)}


def _parsed(line: str, place: str) -> PreferencePair:
    try:
        record = srsly.json_loads(line)
        record.pop("mention", None)
        return PreferencePair(**record)
    except CorpusError as error:
        raise CorpusError(f"{place}: {error}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise CorpusError(
            f"{place} is no preference pair ({error}): it needs text, start, end, chosen and rejected."
        ) from None
