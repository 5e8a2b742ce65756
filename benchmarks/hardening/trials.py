"""What a trial is asked, and what it says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Effort:
    """How much is tried. `seconds` for each kind of fuzzed input, `n_inputs` of each at most; `n_kills` of each
    program; `n_processes` side by side. What goes wrong is kept in `kept`."""

    seconds: float
    n_inputs: int
    n_kills: int
    n_processes: int
    seed: int
    kept: Path


@dataclass
class Outcome:
    """`n` things that were tried, a line for each that went wrong, and what else is worth a word."""

    n: int = 0
    wrong: list[str] = field(default_factory=list)
    note: str = ""


class SkippedError(Exception):
    """A trial that cannot be made here, and why."""


Trial = Callable[[Effort], Outcome]


def check(outcome: Outcome, is_right: bool, problem: str) -> None:
    """Counts one more, and notes the problem unless all is right."""
    outcome.n += 1
    if not is_right:
        outcome.wrong.append(problem)
