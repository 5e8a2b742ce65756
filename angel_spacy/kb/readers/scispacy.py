"""scispaCy's own knowledge bases (`scispacy.linking_utils`), held in memory -> ours."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from ...errors import KnowledgeBaseError
from ..concept import Concept, Provenance
from ..knowledge_base import KnowledgeBase
from ..normalise import DEFAULT_NORMALISER, get_normaliser

_LOGGER = logging.getLogger(__name__)


class ScispacyKnowledgeBase(Protocol):
    """What is asked of it: id -> entity with concept_id, canonical_name, aliases, types and definition."""

    cui_to_entity: Mapping[str, Any]


def from_scispacy(
    theirs: ScispacyKnowledgeBase, *, normaliser: str = DEFAULT_NORMALISER, prefixes: Iterable[str] = ()
) -> KnowledgeBase:
    """The same concepts in a KB of ours; those without a usable name are left out, and counted in a warning.

    Raises KnowledgeBaseError for what is no knowledge base.
    """
    if not isinstance(getattr(theirs, "cui_to_entity", None), Mapping):
        raise KnowledgeBaseError(
            f"{theirs!r} is no knowledge base: read a KB folder with KnowledgeBase.from_disk, a source with read_kb."
        )
    concepts = _usable(theirs.cui_to_entity.values(), get_normaliser(normaliser))
    provenance = Provenance(f"scispacy/{type(theirs).__name__}")
    kb = KnowledgeBase(concepts, normaliser=normaliser, provenance=provenance, prefixes=prefixes)
    if n_lost := len(theirs.cui_to_entity) - len(kb):
        _LOGGER.warning("%d entities have no usable name and are left out; give them one with letters.", n_lost)
    return kb


def _usable(entities: Iterable[Any], normalise: Callable[[str], str]) -> Iterator[Concept]:
    for concept in map(concept_of_entity, entities):
        if any(map(normalise, concept.names)):
            yield concept


def concept_of_entity(entity: Any) -> Concept:
    """One of its entities as a concept."""
    synonyms = tuple(alias for alias in dict.fromkeys(entity.aliases or ()) if alias != entity.canonical_name)
    definition = entity.definition or ""
    return Concept(entity.concept_id, entity.canonical_name, synonyms, (), tuple(entity.types or ()), definition)
