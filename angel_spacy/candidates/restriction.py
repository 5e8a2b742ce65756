"""Which concepts the mentions of a label may be linked to: a bit of each concept, name and node of the trie."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ..arrays.ragged import Ragged
from ..errors import ConfigError
from ..kb import KnowledgeBase, with_prefix
from ..trie.trie import PackedTrie
from .labels import PATTERNS, kind_said
from .source import Request

Bits = NDArray[Any]
Fits = Callable[[str, tuple[str, ...]], bool]

ANY = 0
"""The number of the restriction that allows everything."""

MOST = 62
"""Restrictions that 64 bits hold beside ANY."""


class Restrictions:
    """Numbered restrictions of a KB's concepts, which follow it when it changes: number i is bit i.

    Nothing is copied for a restriction: one integer a concept, a name and a node of the trie tells all of them.
    """

    def __init__(self, kb: KnowledgeBase, allowed: Mapping[str, Sequence[str]] | None = None) -> None:
        """`allowed`: label -> patterns of types, or of ids where there is a colon in them (`MONDO:*`); other labels are
        not restricted. None: by what labels commonly mean, see `labels`; concepts that do not say what they are fit
        every label. Raises ConfigError for too many labels.
        """
        self.kb = kb
        if allowed is None:
            self._numbers = {kind: number for number, kind in enumerate(PATTERNS, 1)}
            self._number_of_label, self._fits = self._by_kind, _of_kinds()
        else:
            if len(allowed) > MOST:
                raise ConfigError(f"There are {len(allowed)} labels to restrict: use {MOST} or fewer.")
            self._numbers = {label: number for number, label in enumerate(allowed, 1)}
            self._number_of_label = lambda label: self._numbers.get(label, ANY)
            self._fits = [_matching(patterns) for patterns in allowed.values()]
        self._begin()

    def _begin(self) -> None:
        self._dtype = np.uint8 if len(self._fits) < 8 else np.int64
        self._rows = np.zeros(0, self._dtype)
        self._view = self._rows.data  # a memoryview: far faster than an array for one item
        self._nodes: WeakKeyDictionary[PackedTrie, Bits] = WeakKeyDictionary()

    @classmethod
    def of_sets(cls, kb: KnowledgeBase, sets: Sequence[Iterable[str]]) -> Restrictions:
        """Restriction i + 1 allows the concepts whose ids are in set i; no label says anything. At most MOST sets."""
        restrictions = cls(kb, {})
        restrictions._fits = [partial(_is_in, {with_prefix(one, kb.prefixes) for one in of}) for of in sets]
        restrictions._begin()
        return restrictions

    def number(self, request: Request) -> int:
        """The restriction of a mention: its own (`among`), else the one that its label stands for, ANY where that says
        nothing."""
        return request.among or self._number_of_label(request.label)

    def of_rows(self) -> Bits:
        """(n_rows,) the restrictions that each concept obeys."""
        n_rows = self.kb.n_rows
        if len(self._rows) < n_rows:  # a row that was filled once means the same concept for good
            fresh = [self._of(row) for row in range(len(self._rows), n_rows)]
            self._rows = np.concatenate([self._rows, np.array(fresh, self._dtype)])
            self._view = self._rows.data
        return self._rows

    def allows(self, number: int, row: int) -> bool:
        """Whether a restriction lets a mention be the concept in `row`."""
        if number == ANY:
            return True
        if row >= len(self._view):
            self.of_rows()
        return bool(self._view[row] >> number & 1)

    def of_names(self, rows: Ragged) -> Bits:
        """(n_names,) the restrictions that some concept of each name obeys, of the `rows` that names mean."""
        return _joined(self.of_rows()[rows.values], rows.offsets)

    def of_nodes(self, trie: PackedTrie) -> Bits:
        """(n_nodes,) the restrictions that some name below each node obeys."""
        if trie not in self._nodes:
            self._nodes[trie] = _of_nodes(trie, _joined(self.of_rows()[trie.payload], trie.payload_offsets))
        return self._nodes[trie]

    def _by_kind(self, label: str) -> int:
        return self._numbers.get(kind_said(label), ANY)

    def _of(self, row: int) -> int:
        found = self.kb.id_and_types(row)
        return 1 if found is None else 1 | sum(fits(*found) << number for number, fits in enumerate(self._fits, 1))


def _is_in(ids: Container[str], concept_id: str, types: tuple[str, ...]) -> bool:
    return concept_id in ids


def _of_nodes(trie: PackedTrie, of_leaves: Bits) -> Bits:
    """Bits of the leaves -> bits of all nodes, level by level from below."""
    bits = np.zeros(trie.n_nodes, of_leaves.dtype)
    bits[trie.leaf_nodes] = of_leaves[trie.leaf_numbers]
    for first, last in reversed(_levels(trie.first_child)):
        inner = np.flatnonzero(trie.first_child[first + 1 : last + 1] > trie.first_child[first:last]) + first
        children = trie.first_child[[*inner, last]]
        bits[inner] = np.bitwise_or.reduceat(bits[: children[-1]], children[:-1]) if len(inner) else 0
    return bits


def _levels(first_child: Bits) -> list[tuple[int, int]]:
    """The first node of each level that has children, and the one behind its last."""
    levels, first, last = [], 0, 1
    while first < last < len(first_child):
        levels.append((first, last))
        first, last = last, int(first_child[last])
    return levels


def _joined(bits: Bits, offsets: NDArray[Any]) -> Bits:
    """Bits of values -> of each of the rows that they lie in: all that one of its values has."""
    joined = np.zeros(len(offsets) - 1, bits.dtype)
    some = np.flatnonzero(np.diff(offsets))
    if len(some):
        joined[some] = np.bitwise_or.reduceat(bits, offsets[:-1][some])
    return joined


def _matching(patterns: Iterable[str]) -> Fits:
    """Whether a concept's id or one of its types is like one of the patterns."""
    of_ids = tuple(pattern for pattern in patterns if ":" in pattern)
    of_types = tuple(pattern for pattern in patterns if ":" not in pattern)

    @lru_cache(100_000)
    def typed(types: tuple[str, ...]) -> bool:
        return any(fnmatchcase(one, pattern) for one in types for pattern in of_types)

    def fits(concept_id: str, types: tuple[str, ...]) -> bool:
        return typed(types) or any(fnmatchcase(concept_id, pattern) for pattern in of_ids)

    return fits


def _of_kinds() -> list[Fits]:
    """Of each kind of `PATTERNS`, whether a concept is of it, or of none."""
    kinds = [_matching(patterns) for patterns in PATTERNS.values()]

    def fitting(own: Fits) -> Fits:
        def fits(concept_id: str, types: tuple[str, ...]) -> bool:
            return own(concept_id, types) or not any(kind(concept_id, types) for kind in kinds)

        return fits

    return [fitting(own) for own in kinds]
