"""Concepts and names: the knowledge base, its sources and its stored form."""

from .concept import Concept, Provenance
from .coverage import nothing_known
from .identifiers import concept_url, fold_id, join_ids, split_ids, with_prefix
from .knowledge_base import KnowledgeBase
from .normalise import DEFAULT_NORMALISER, get_normaliser
from .readers import FORMATS, Source, read_kb
from .readers.scispacy import concept_of_entity, from_scispacy

__all__ = [
    "DEFAULT_NORMALISER",
    "FORMATS",
    "Concept",
    "KnowledgeBase",
    "Provenance",
    "Source",
    "concept_of_entity",
    "concept_url",
    "fold_id",
    "from_scispacy",
    "get_normaliser",
    "join_ids",
    "nothing_known",
    "read_kb",
    "split_ids",
    "with_prefix",
]
