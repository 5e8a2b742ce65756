"""What changed between two versions of a vocabulary."""

from dataclasses import dataclass, field

from .concept import Concept
from .identifiers import with_prefix
from .knowledge_base import KnowledgeBase

_FIELDS = ("types", "definition", "alt_ids", "xrefs", "parents")


@dataclass
class Difference:
    """`added` and `removed` ids; `renamed`, id -> (old, new preferred name); `merged`, id that is now an alternative
    one -> id that holds; `split`, id that was an alternative one -> id that held; names that concepts of both gained
    and lost, as (id, name); `changed`, id -> what else of it did (types, definition ...)."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: dict[str, tuple[str, str]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    split: dict[str, str] = field(default_factory=dict)
    names_gained: list[tuple[str, str]] = field(default_factory=list)
    names_lost: list[tuple[str, str]] = field(default_factory=list)
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)


def difference(old: KnowledgeBase, new: KnowledgeBase) -> Difference:
    """From `old` to `new`, in the order of the one that has it. Names are compared as each KB normalises them; ids with
    the prefixes that their own KB lets them go without."""
    found = Difference()
    for row, concept in enumerate(old.concepts):
        concept_id, now = concept.concept_id, _row(new, concept.concept_id, old)
        if now is None:
            found.removed.append(concept_id)
            continue
        after = new.concept(now)
        if _row(old, after.concept_id, new) != row:
            found.merged[concept_id] = after.concept_id
            continue
        if after.name != concept.name:
            found.renamed[concept_id] = concept.name, after.name
        before_names, after_names = old.names_of(row), new.names_of(now)
        found.names_gained += ((concept_id, one) for one in after_names if one not in set(before_names))
        found.names_lost += ((concept_id, one) for one in before_names if one not in set(after_names))
        if others := tuple(name for name in _FIELDS if _seen(old, concept, name) != _seen(new, after, name)):
            found.changed[concept_id] = others
    for row, concept in enumerate(new.concepts):
        before = _row(old, concept.concept_id, new)
        if before is None:
            found.added.append(concept.concept_id)
        elif _row(new, old.concept(before).concept_id, old) != row:
            found.split[concept.concept_id] = old.concept(before).concept_id
    return found


def _row(kb: KnowledgeBase, concept_id: str, of: KnowledgeBase) -> int | None:
    """The row of an id of another KB."""
    row = kb.resolve(concept_id)
    return kb.resolve(with_prefix(concept_id, of.prefixes)) if row is None else row


def _seen(kb: KnowledgeBase, concept: Concept, name: str) -> object:
    """What is in a field, whatever its order and the spelling of ids."""
    value = getattr(concept, name)
    if name in ("definition", "types"):
        return value if isinstance(value, str) else set(value)
    return {with_prefix(one, kb.prefixes) for one in value}
