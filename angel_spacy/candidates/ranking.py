"""Names that the search reached -> ranked concepts."""

from collections.abc import Callable, Sequence
from math import exp

from ..kb import KnowledgeBase
from ..records import Candidate, Hypothesis
from .index import NameIndex


def rank_concepts(
    hypotheses: Sequence[Hypothesis],
    index: NameIndex,
    kb: KnowledgeBase,
    n_candidates: int,
    fits: Callable[[int], bool] = lambda row: True,
) -> list[Candidate]:
    """The `n_candidates` best concepts of one mention, of the rows that fit; hypotheses come best first.

    A concept counts by its best name: score is the mean log-probability of that name's tokens, probability its exp
    (the geometric mean of their probabilities). Of the concepts of one name, the KB's order of homonyms decides, then
    the row. For the shipped generator that order was better on both dev corpora than one by the sum over a concept's
    names (docs/results.md).
    """
    best: dict[int, tuple[float, int, Hypothesis]] = {}  # row -> score, place among the homonyms, name
    for hypothesis in hypotheses:
        for place, row in enumerate(filter(fits, index.trie.rows(hypothesis.leaf))):
            best.setdefault(row, (-hypothesis.score, place, hypothesis))
    ranked = sorted(best, key=lambda row: (*best[row][:2], row))
    return [_candidate(kb, index, row, best[row][2]) for row in ranked[:n_candidates]]


def _candidate(kb: KnowledgeBase, index: NameIndex, row: int, name: Hypothesis) -> Candidate:
    concept = kb.concept(row)
    return Candidate(
        concept_id=concept.concept_id,
        name=concept.name,
        generated_name=index.name(name.leaf),
        probability=min(1.0, exp(name.score)),
        score=name.score,
        types=concept.types,
    )
