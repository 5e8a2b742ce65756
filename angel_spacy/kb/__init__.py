"""Concepts and names: the knowledge base, its sources and its stored form."""

from angel_spacy.kb.concept import Concept, Provenance
from angel_spacy.kb.facade import ScispacyView
from angel_spacy.kb.identifiers import concept_url, fold_id, split_ids
from angel_spacy.kb.knowledge_base import KnowledgeBase
from angel_spacy.kb.normalise import DEFAULT_NORMALISER, get_normaliser
from angel_spacy.kb.readers import READERS, read_kb

__all__ = [
    "DEFAULT_NORMALISER",
    "READERS",
    "Concept",
    "KnowledgeBase",
    "Provenance",
    "ScispacyView",
    "concept_url",
    "fold_id",
    "get_normaliser",
    "read_kb",
    "split_ids",
]
