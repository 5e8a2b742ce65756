"""A knowledge base that lacks some of a corpus's concepts: is it told that their mentions mean nothing in it?"""

from collections.abc import Iterable

import numpy as np

from ..kb import KnowledgeBase
from ..records import Article


def without_share(kb: KnowledgeBase, articles: Iterable[Article], share: float, *, seed: int = 0) -> KnowledgeBase:
    """A copy without so large a share of the concepts that the articles mention, drawn at random."""
    ids = dict.fromkeys(one for article in articles for mention in article.mentions for one in mention.concept_ids)
    rows = sorted(set(kb.rows(ids)))
    gone = set(np.random.default_rng(seed).permutation(rows)[: round(share * len(rows))].tolist())
    concepts = [concept for row, concept in enumerate(kb.concepts) if row not in gone]
    left = {concept.concept_id for concept in concepts}
    seen = {pair: n for pair, n in kb.seen.items() if pair[1] in left}
    return KnowledgeBase(concepts, normaliser=kb.normaliser, provenance=kb.provenance, seen=seen, prefixes=kb.prefixes)
