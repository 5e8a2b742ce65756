"""What changed between two versions of a vocabulary."""

from dataclasses import dataclass, field

from .knowledge_base import KnowledgeBase


@dataclass
class Difference:
    """`added` and `removed` ids; `renamed`, id -> (old, new preferred name); `merged`, id that is now an alternative
    one -> id that holds; names that concepts of both gained and lost, as (id, name)."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: dict[str, tuple[str, str]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    names_gained: list[tuple[str, str]] = field(default_factory=list)
    names_lost: list[tuple[str, str]] = field(default_factory=list)


def difference(old: KnowledgeBase, new: KnowledgeBase) -> Difference:
    """From `old` to `new`, in the order of the one that has it. Names are compared as each KB normalises them."""
    found = Difference()
    primary = {new.fold_id(concept.concept_id) for concept in new.concepts}
    for row, concept in enumerate(old.concepts):
        now = new.resolve(concept.concept_id)
        if now is None:
            found.removed.append(concept.concept_id)
        elif new.fold_id(concept.concept_id) not in primary:
            found.merged[concept.concept_id] = new.concept(now).concept_id
        else:
            after = new.concept(now)
            if after.name != concept.name:
                found.renamed[concept.concept_id] = concept.name, after.name
            before_names, after_names = old.names_of(row), new.names_of(now)
            found.names_gained += ((concept.concept_id, one) for one in after_names if one not in set(before_names))
            found.names_lost += ((concept.concept_id, one) for one in before_names if one not in set(after_names))
    found.added = [concept.concept_id for concept in new.concepts if old.resolve(concept.concept_id) is None]
    return found
