"""What a knowledge base holds that its maker may not know of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .identifiers import canonical_prefix
from .knowledge_base import KnowledgeBase

_EXAMPLES = 10


@dataclass
class Finding:
    """How often something was found, and the first times."""

    what: str
    n: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        """One more."""
        self.n += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)


def findings(kb: KnowledgeBase) -> list[Finding]:
    """Names of several concepts, names that nobody can mean alone, ids of several, references that lead nowhere,
    circles of parents: those that were found."""
    homonyms = Finding("names of several concepts (homonyms)")
    names, rows = kb.names(), kb.name_rows()
    for i in (rows.lengths > 1).nonzero()[0].tolist():
        own = rows.values[rows.offsets[i] : rows.offsets[i + 1]].tolist()
        homonyms.add(f"{names[i]}: {', '.join(kb.concept(row).concept_id for row in own)}")
    empty = Finding("names without a letter or a digit, which are not searched")
    short = Finding("names that are one letter or a number")
    parents, xrefs = Finding("parents that are not there"), Finding("cross-references that are not there")
    own_prefixes = {canonical_prefix(one.concept_id.partition(":")[0]) for one in kb.concepts if ":" in one.concept_id}
    for concept in kb.concepts:
        for name in concept.names:
            normal = kb.normalise(name)
            if not normal:
                empty.add(f"{concept.concept_id} {name!r}")
            elif len(normal) == 1 or normal.replace(" ", "").isdecimal():
                short.add(f"{concept.concept_id} {name!r}")
        for one in concept.parents:
            if one not in kb:
                parents.add(f"{concept.concept_id} -> {one}")
        for one in concept.xrefs:
            if canonical_prefix(one.partition(":")[0]) in own_prefixes and one not in kb:
                xrefs.add(f"{concept.concept_id} -> {one}")
    shared = Finding("alternative ids that several concepts have, or that are another's own")
    owners: dict[str, str] = {kb.fold_id(one.concept_id): one.concept_id for one in kb.concepts}
    for concept in kb.concepts:
        for one in dict.fromkeys(map(kb.fold_id, concept.alt_ids)):
            if owners.setdefault(one, concept.concept_id) != concept.concept_id:
                shared.add(f"{one}: {owners[one]}, {concept.concept_id}")
    circles = Finding("circles of parents")
    for circle in _circles(kb):
        circles.add(" -> ".join(kb.concept(row).concept_id for row in circle))
    return [one for one in (homonyms, empty, short, shared, parents, xrefs, circles) if one.n]


def _circles(kb: KnowledgeBase) -> Iterator[list[int]]:
    """Rows that are their own ancestors, the first again at the end; one circle for each way back that is found."""
    parents = [kb.rows(concept.parents) for concept in kb.concepts]
    done: set[int] = set()
    for start in range(len(parents)):
        path: dict[int, None] = {}
        waiting = [(start, False)]
        while waiting:
            row, is_left = waiting.pop()
            if is_left:
                del path[row]
                done.add(row)
            elif row in path:
                on_path = list(path)
                yield [*on_path[on_path.index(row) :], row]
            elif row not in done:
                path[row] = None
                waiting.append((row, True))
                waiting.extend((parent, False) for parent in parents[row])
