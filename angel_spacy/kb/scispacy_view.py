"""What scispaCy users know as `kb.cui_to_entity` and `kb.alias_to_cuis`, over our concepts, without a copy."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .concept import Concept, Concepts


class Entity(NamedTuple):
    """A concept with scispaCy's field names. `aliases` are the names other than the canonical one."""

    concept_id: str
    canonical_name: str
    aliases: list[str]
    types: list[str]
    definition: str | None


class Entities(Mapping[str, Entity]):
    """Concept id (alternative ids answer too) -> entity."""

    def __init__(self, known: Concepts) -> None:
        self._known = known

    def __getitem__(self, concept_id: str) -> Entity:
        row = self._known.resolve(concept_id)
        if row is None:
            raise KeyError(concept_id)
        return _entity(self._known.concept(row))

    def __iter__(self) -> Iterator[str]:
        return (concept.concept_id for concept in self._known.concepts)

    def __len__(self) -> int:
        return len(self._known)


class Aliases(Mapping[str, set[str]]):
    """Name, in any spelling, -> ids of its concepts. Iterates over the normalised names."""

    def __init__(self, known: Concepts) -> None:
        self._known = known

    def __getitem__(self, alias: str) -> set[str]:
        rows = self._known.rows_of(alias)
        if not rows:
            raise KeyError(alias)
        return {self._known.concept(row).concept_id for row in rows}

    def __iter__(self) -> Iterator[str]:
        return iter(self._known.names())

    def __len__(self) -> int:
        return self._known.n_names


def _entity(concept: Concept) -> Entity:
    return Entity(
        concept_id=concept.concept_id,
        canonical_name=concept.name,
        aliases=list(concept.synonyms),
        types=list(concept.types),
        definition=concept.definition or None,
    )
