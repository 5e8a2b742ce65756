"""Concepts and names: the knowledge base, its sources and its stored form."""

from .concept import Concept, Provenance
from .identifiers import concept_url, fold_id, split_ids
from .knowledge_base import KnowledgeBase
from .normalise import DEFAULT_NORMALISER, get_normaliser
from .readers import READERS, read_kb
from .scispacy_view import ScispacyView

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
