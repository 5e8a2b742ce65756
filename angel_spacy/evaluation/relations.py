"""How two concepts stand to each other in a hierarchy."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable
from functools import cached_property

from ..kb import KnowledgeBase

WIDER, NARROWER, SIBLING = "wider", "narrower", "sibling"

_HIGHEST = 12  # levels that are climbed
_TREE_NUMBER = re.compile(r"[A-Z]\d\d(?:\.\d{3})*")


class Hierarchy:
    """What stands above the concepts of a knowledge base: their parents, and what MeSH's tree numbers say, where the
    types are those."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb
        self._above: dict[int, dict[int, int]] = {}

    def relation(self, gold: Iterable[str], answer: Iterable[str]) -> str:
        """What the concept of the ids `answer` is to one of the gold ones: WIDER, NARROWER, SIBLING (a parent in
        common); "" where it is none of these, or not known."""
        golds, answers = self._kb.rows(gold), self._kb.rows(answer)
        above_golds, above_answers = list(map(self.above, golds)), list(map(self.above, answers))
        if any(row in above for row in answers for above in above_golds):
            return WIDER
        if any(row in above for row in golds for above in above_answers):
            return NARROWER
        return SIBLING if _parents(above_golds) & _parents(above_answers) else ""

    def above(self, start: int) -> dict[int, int]:
        """Rows of all concepts wider than the one in row `start` -> how many levels above."""
        if start not in self._above:
            found: dict[int, int] = {}
            waiting = deque([(start, 0)])
            while waiting:
                row, level = waiting.popleft()
                for parent in self._parents_of(row) if level < _HIGHEST else ():
                    if parent not in found and parent != start:
                        found[parent] = level + 1
                        waiting.append((parent, level + 1))
            self._above[start] = found
        return self._above[start]

    def _parents_of(self, row: int) -> set[int]:
        concept = self._kb.concept(row)
        numbers = (one.rpartition(".")[0] for one in concept.types if _TREE_NUMBER.fullmatch(one))
        return {*self._kb.rows(concept.parents), *(parent for one in numbers for parent in self._at.get(one, ()))}

    @cached_property
    def _at(self) -> dict[str, list[int]]:
        """Tree number -> rows."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for row, concept in enumerate(self._kb.concepts):
            for one in concept.types:
                if _TREE_NUMBER.fullmatch(one):
                    found[one].append(row)
        return found


def _parents(above: Iterable[dict[int, int]]) -> set[int]:
    return {row for levels in above for row, level in levels.items() if level == 1}
