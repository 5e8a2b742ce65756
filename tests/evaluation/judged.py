"""A knowledge base of three concepts, two of which share a name, and candidates of it."""

from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.records import Candidate

KB = KnowledgeBase(
    [
        Concept("D1", "gout", ("podagra", "ua")),
        Concept("D2", "fever", alt_ids=("138900",)),
        Concept("D3", "uric acid", ("ua",)),
    ]
)


def candidates(*pairs):
    return [Candidate(concept_id, "", name, 0.5, -1.0) for concept_id, name in pairs]
