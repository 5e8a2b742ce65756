"""Mentions of annotated text as further names of their concepts, with how often each was seen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from .concept import Concept
from .knowledge_base import KnowledgeBase

_Pairs = Iterable[tuple[str, Sequence[str]]]


def with_aliases(kb: KnowledgeBase, pairs: _Pairs) -> KnowledgeBase:
    """A copy of `kb` (rows without holes) in which each mention is a name of its concepts; unknown ids are ignored."""
    seen: Counter[tuple[str, str]] = Counter(kb.seen)
    aliases: defaultdict[str, dict[str, str]] = defaultdict(dict)  # concept id -> normalised name -> first spelling
    for mention, concept_ids in pairs:
        name = kb.normalise(mention)
        for concept_id in _primary_ids(kb, concept_ids) if name else ():
            seen[name, concept_id] += 1
            aliases[concept_id].setdefault(name, mention)
    concepts = (_extended(kb, concept, aliases.get(concept.concept_id, {})) for concept in kb.concepts)
    return KnowledgeBase(concepts, normaliser=kb.normaliser, provenance=kb.provenance, seen=seen)


def _primary_ids(kb: KnowledgeBase, concept_ids: Sequence[str]) -> list[str]:
    rows = dict.fromkeys(map(kb.resolve, concept_ids))
    return [kb.concept(row).concept_id for row in rows if row is not None]


def _extended(kb: KnowledgeBase, concept: Concept, aliases: dict[str, str]) -> Concept:
    known = set(map(kb.normalise, concept.names)) if aliases else set()
    new = tuple(mention for name, mention in aliases.items() if name not in known)
    return replace(concept, synonyms=concept.synonyms + new) if new else concept
