"""The threshold of a pipeline: the least probability of a link from which on enough links are right."""

from collections.abc import Sequence

import numpy as np
from spacy.language import Language

from ..component.given import GoldLink, batches, link_gold
from ..component.linker import AngelLinker
from ..kb import KnowledgeBase
from ..records import Article
from .coverage import check_ids
from .sureness import Sureness

STEP = 0.005  # between the thresholds that are tried
LEAST_COVERAGE = 0.05  # with fewer links than this share of the mentions, precision is chance


def sureness(nlp: Language, linker: AngelLinker, articles: Sequence[Article]) -> Sureness:
    """Links the gold mentions of a corpus, whatever the threshold.

    A link is right when its one concept is among the mention's ids, so mentions without an id, or whose concept the
    knowledge base lacks, can only be wrong or NIL.
    """
    check_ids((mention for article in articles for mention in article.mentions), linker.kb)
    linked = [one for batch in batches(articles) for _, of in link_gold(nlp, linker, batch) for one in of]
    probability = [one.candidates[0].probability if one.candidates else 0.0 for one in linked]
    right = [_is_right(one, linker.kb) for one in linked]
    return Sureness(np.array(probability), np.array(right, dtype=bool))


def choose(corpora: Sequence[Sureness], precision: float) -> float:
    """The lowest threshold from which on every corpus has the wanted precision, at every higher one too down to
    LEAST_COVERAGE; 1 (only what is certain) when there is none."""
    chosen = 1.0
    for threshold in map(float, np.arange(0.0, 1.0, STEP)[::-1]):
        if not all(_keeps(corpus, threshold, precision) for corpus in corpora):
            break
        chosen = round(threshold, 3)
    return chosen


def _keeps(corpus: Sureness, threshold: float, precision: float) -> bool:
    found, coverage = corpus.precision_and_coverage(threshold)
    return found >= precision or coverage < LEAST_COVERAGE


def _is_right(linked: GoldLink, kb: KnowledgeBase) -> bool:
    """Whether the first candidate is one of the gold concepts, alternative ids resolved."""
    gold = kb.rows(linked.mention.concept_ids)
    return bool(linked.candidates) and kb.resolve(linked.candidates[0].concept_id) in gold
