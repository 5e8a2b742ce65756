"""scispaCy's way to look into a knowledge base: `cui_to_entity` and `alias_to_cuis`, over ours, without a copy."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .concept import Concept
from .knowledge_base import KnowledgeBase


class Entity(NamedTuple):
    """A concept with scispaCy's field names. `aliases` are the names other than the canonical one."""

    concept_id: str
    canonical_name: str
    aliases: list[str]
    types: list[str]
    definition: str | None


class ScispacyView:
    """What scispaCy users know as `linker.kb`."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.cui_to_entity: Mapping[str, Entity] = _Entities(kb)
        self.alias_to_cuis: Mapping[str, set[str]] = _Aliases(kb)


class _Entities(Mapping[str, Entity]):
    """Concept id (alternative ids answer too) -> entity."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb

    def __getitem__(self, concept_id: str) -> Entity:
        row = self._kb.resolve(concept_id)
        if row is None:
            raise KeyError(concept_id)
        return _entity(self._kb.concept(row))

    def __iter__(self) -> Iterator[str]:
        return (concept.concept_id for concept in self._kb.concepts)

    def __len__(self) -> int:
        return len(self._kb)


class _Aliases(Mapping[str, set[str]]):
    """Name, in any spelling, -> ids of its concepts. Iterates over the normalised names."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb

    def __getitem__(self, alias: str) -> set[str]:
        rows = self._kb.rows_of(alias)
        if not rows:
            raise KeyError(alias)
        return {self._kb.concept(row).concept_id for row in rows}

    def __iter__(self) -> Iterator[str]:
        return iter(self._kb.names())

    def __len__(self) -> int:
        return self._kb.n_names


def _entity(concept: Concept) -> Entity:
    return Entity(
        concept_id=concept.concept_id,
        canonical_name=concept.name,
        aliases=list(concept.synonyms),
        types=list(concept.types),
        definition=concept.definition or None,
    )
