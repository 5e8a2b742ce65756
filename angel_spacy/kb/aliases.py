"""Mentions of annotated text as further names of their concepts, with how often each was seen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .concept import Concept, Concepts

_Pairs = Iterable[tuple[str, Sequence[str]]]


def with_aliases(known: Concepts, pairs: _Pairs) -> tuple[Iterator[Concept], Counter[tuple[str, str]]]:
    """(concepts, seen): each mention is a name of its concepts, and is counted; unknown ids are ignored."""
    seen = Counter(known.seen)
    aliases: defaultdict[int, dict[str, str]] = defaultdict(dict)  # row -> normalised name -> first spelling
    for mention, concept_ids in pairs:
        name = known.normalise(mention)
        for row in known.rows(concept_ids) if name else ():
            seen[name, known.concept(row).concept_id] += 1
            aliases[row].setdefault(name, mention)
    new = {known.concept(row).concept_id: _unknown(known.names_of(row), own) for row, own in aliases.items()}
    return (_extended(concept, new.get(concept.concept_id)) for concept in known.concepts), seen


def _unknown(names: tuple[str, ...], aliases: dict[str, str]) -> tuple[str, ...]:
    return tuple(mention for name, mention in aliases.items() if name not in names)


def _extended(concept: Concept, aliases: tuple[str, ...] | None) -> Concept:
    return replace(concept, synonyms=concept.synonyms + aliases) if aliases else concept
