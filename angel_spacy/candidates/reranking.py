"""Steps from the candidates of a document's mentions to better ones: each sees all mentions of one document."""

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from math import log

from .source import Candidates, Request

Step = Callable[[Sequence[Request], Sequence[Candidates]], list[Candidates]]

SURE = 0.8
"""How probable what a document holds is, at least."""

HELD = 2.0
"""How much more its odds are worth for another mention."""


def one_concept_a_group(requests: Sequence[Request], candidates: Sequence[Candidates]) -> list[Candidates]:
    """The candidates of the mention that scored best (the first of equals) for all mentions of its group."""
    return [candidates[i] for i in best_of_group(requests, candidates)]


def held_by_document(requests: Sequence[Request], candidates: Sequence[Candidates]) -> list[Candidates]:
    """Of the concepts of one name, those that the document surely mentions elsewhere become HELD times as probable
    (their odds: Bayes' rule), so that concepts and NIL still sum to 1."""
    sure = {of[0].concept_id for of in candidates if of and _is_sure(of)}
    found: list[Candidates] = []
    for of in candidates:
        homonyms = {one.concept_id for one in of if one.generated_name == of[0].generated_name}
        held = homonyms & sure
        found.append(_raised(of, held) if len(homonyms) > 1 and held else of)
    return found


def _is_sure(candidates: Candidates) -> bool:
    """Whether the first concept is probable, and the only one of its name."""
    first, *others = candidates
    return first.probability >= SURE and all(one.generated_name != first.generated_name for one in others)


def _raised(candidates: Candidates, held: Container[str]) -> Candidates:
    total = 1.0 + (HELD - 1.0) * sum(one.probability for one in candidates if one.concept_id in held)
    factors = [(HELD if one.concept_id in held else 1.0) / total for one in candidates]
    raised = [
        replace(one, probability=one.probability * factor, score=one.score + log(factor))
        for one, factor in zip(candidates, factors, strict=True)
    ]
    return sorted(raised, key=lambda one: -one.probability)


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
