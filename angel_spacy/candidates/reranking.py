"""Steps from the candidates of a document's mentions to better ones: each sees all mentions of one document."""

from collections.abc import Callable, Sequence

from .source import Candidates, Request

Step = Callable[[Sequence[Request], Sequence[Candidates]], list[Candidates]]


def one_concept_a_group(requests: Sequence[Request], candidates: Sequence[Candidates]) -> list[Candidates]:
    """The candidates of the mention that scored best (the first of equals) for all mentions of its group."""
    return [candidates[i] for i in best_of_group(requests, candidates)]


def best_of_group(requests: Sequence[Request], candidates: Sequence[Candidates]) -> list[int]:
    """For each mention the number of the one whose candidates are its own: that of its group that scored best."""
    best: dict[str, int] = {}
    for i, request in enumerate(requests):
        if score_of(candidates[i]) > score_of(candidates[best.setdefault(request.group, i)]):
            best[request.group] = i
    return [best[request.group] if request.group else i for i, request in enumerate(requests)]


def score_of(candidates: Candidates) -> float:
    """The score of the first candidate, minus infinity where there is none."""
    return candidates[0].score if candidates else float("-inf")
