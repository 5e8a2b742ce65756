"""Mentions that are names of the knowledge base, letter by letter."""

from collections.abc import Callable, Iterable

from ..kb import KnowledgeBase
from ..records import Candidate


def exact_hit(
    wordings: Iterable[str], kb: KnowledgeBase, fits: Callable[[int], bool] = lambda row: True
) -> Candidate | None:
    """The concept that the first of `wordings` which is a name of exactly one concept that fits means, as certain:
    probability 1, score 0. None where no wording is such a name."""
    for words in wordings:
        rows = list(filter(fits, kb.rows_of(words)))
        if len(rows) == 1:
            concept = kb.concept(rows[0])
            return Candidate(concept.concept_id, concept.name, kb.normalise(words), 1.0, 0.0, concept.types)
    return None
