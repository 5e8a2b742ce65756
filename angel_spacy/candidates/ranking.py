"""Names that the search reached -> ranked concepts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp

from ..kb import KnowledgeBase
from ..records import Candidate, Hypothesis
from .index import NameIndex


@dataclass
class _Tally:
    """What the hypotheses say of one concept; `place` is its place among the homonyms of its best name."""

    best: Hypothesis
    place: int
    probability: float


def rank_concepts(
    hypotheses: Sequence[Hypothesis], index: NameIndex, kb: KnowledgeBase, n_candidates: int
) -> list[Candidate]:
    """The `n_candidates` best concepts of one mention; hypotheses come best first.

    A concept's probability is the sum over its names that were reached, each the exp of its score (the geometric mean
    of its tokens' probabilities), at most 1. A name of several concepts counts for each of them; those stand in the
    KB's order of homonyms. Concepts are ordered by the score of their best name, then by that place, then by row:
    for the shipped generator that was better on both dev corpora than the summed probability (docs/results.md).
    """
    tallies: dict[int, _Tally] = {}
    for hypothesis in hypotheses:
        for place, row in enumerate(index.trie.rows(hypothesis.leaf)):
            tally = tallies.setdefault(row, _Tally(hypothesis, place, 0.0))
            tally.probability += exp(hypothesis.score)

    def order(item: tuple[int, _Tally]) -> tuple[float, int, int]:
        row, tally = item
        return -tally.best.score, tally.place, row

    return [_candidate(kb, index, *item) for item in sorted(tallies.items(), key=order)[:n_candidates]]


def dictionary_hit(wordings: Iterable[str], kb: KnowledgeBase) -> Candidate | None:
    """The concept that the first of `wordings` which is a name of exactly one concept means, as certain: probability 1,
    score 0. None where no wording is such a name."""
    for words in wordings:
        rows = kb.rows_of(words)
        if len(rows) == 1:
            concept = kb.concept(rows[0])
            return Candidate(concept.concept_id, concept.name, kb.normalise(words), 1.0, 0.0, concept.types)
    return None


def _candidate(kb: KnowledgeBase, index: NameIndex, row: int, tally: _Tally) -> Candidate:
    concept = kb.concept(row)
    return Candidate(
        concept_id=concept.concept_id,
        name=concept.name,
        generated_name=index.name(tally.best.leaf),
        probability=min(1.0, tally.probability),
        score=tally.best.score,
        types=concept.types,
    )
