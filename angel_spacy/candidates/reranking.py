"""Steps from the candidates of a document's mentions to better ones: each sees all mentions of one document."""

from collections.abc import Callable, Sequence

from .source import Candidates, Request

Step = Callable[[Sequence[Request], Sequence[Candidates]], list[Candidates]]


def one_concept_a_group(requests: Sequence[Request], candidates: Sequence[Candidates]) -> list[Candidates]:
    """The candidates of the mention that scored best (the first of equals) for all mentions of its group."""
    best: dict[str, Candidates] = {}
    for request, found in zip(requests, candidates, strict=True):
        if request.group and (request.group not in best or score_of(found) > score_of(best[request.group])):
            best[request.group] = found
    return [best.get(request.group, found) for request, found in zip(requests, candidates, strict=True)]


def score_of(candidates: Candidates) -> float:
    """The score of the first candidate, minus infinity where there is none."""
    return candidates[0].score if candidates else float("-inf")
