"""What a teacher answers: for a mention the names that it likes best, as records and as lines of JSON."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import exp
from pathlib import Path

import srsly

from ..errors import CorpusError
from ..files import UnreadableError, numbered_lines, open_output, whole


@dataclass(frozen=True, slots=True)
class Answer:
    """For `text[start:end]` the normalised `names` that the teacher writes, best first, and what each weighs: the
    weights of a mention sum to 1."""

    text: str
    start: int
    end: int
    names: tuple[str, ...]
    weights: tuple[float, ...]


def weighed(log_probs: Sequence[float], *, temperature: float = 1.0) -> tuple[float, ...]:
    """What names of these log-probabilities (nats, sums over tokens) weigh: their softmax."""
    best = max(log_probs)
    odds = [exp((one - best) / temperature) for one in log_probs]
    return tuple(round(one / sum(odds), 4) for one in odds)


def write_answers(answers: Iterable[Answer], path: Path) -> int:
    """One JSON object a line, gzipped, all or nothing; how many there were."""
    n_answers = 0
    with whole(path) as fresh, open_output(fresh) as file:
        for one in answers:
            file.write(srsly.json_dumps(asdict(one)) + "\n")
            n_answers += 1
    return n_answers


def read_answers(path: Path) -> Iterator[Answer]:
    """The answers in a file, gzipped or not. Raises CorpusError that names the line of a record that is none."""
    try:
        for number, line in numbered_lines(path):
            if line is None or line.strip():
                yield _parsed(line or "", f"{path}, line {number}")
    except UnreadableError as error:
        raise CorpusError(
            f"{path} cannot be read from line {error.line} on ({error.reason}): remove it, to have it written again."
        ) from error


def _parsed(line: str, place: str) -> Answer:
    try:
        fields = srsly.json_loads(line)
        answer = Answer(**{**fields, "names": tuple(fields["names"]), "weights": tuple(fields["weights"])})
        fits = 0 <= answer.start < answer.end <= len(answer.text)
        if not fits or not answer.names or len(answer.names) != len(answer.weights):
            raise ValueError("offsets, names or weights do not fit")
    except (ValueError, TypeError, KeyError) as error:
        raise CorpusError(f"{place}: no answer of a teacher ({error}). Have it written again.") from error
    return answer
