"""Names -> the arrays of a packed trie: names are sorted; what neighbours share tells the nodes, depth by depth."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..arrays.ragged import Ragged, offsets_of
from ..errors import KnowledgeBaseError

TOKEN_TYPES: tuple[type[np.integer[Any]], ...] = (np.uint16, np.int32)
HEIGHT_TYPES: tuple[type[np.integer[Any]], ...] = (np.uint8, np.int16, np.int32)


def pack(names: Ragged, rows: Ragged) -> dict[str, NDArray[Any]]:
    """The fields of a `PackedTrie` from names that end with EOS and the concept rows of each.

    Raises KnowledgeBaseError for an empty name and for names that do not all end with the same token.
    """
    _check_names(names, rows)
    names = names.as_type(_narrowest(names.values, TOKEN_TYPES))
    order = _by_tokens(names)
    every = _SortedNames.of(names, order)
    _check_ends(every)
    is_first = every.shared < every.length  # of the names that are equal
    payload = _merged(rows.take(order), np.cumsum(is_first) - 1)
    index = {"payload_offsets": payload.offsets, "payload": payload.values, "first_input": order[is_first]}
    distinct = _SortedNames(names.values, every.start[is_first], every.length[is_first], every.shared[is_first])
    return _nodes(distinct) | {field: array.astype(np.int32, copy=False) for field, array in index.items()}


class _SortedNames(NamedTuple):
    """Names in the order of their tokens: name i is `tokens[start[i] : start[i] + length[i]]`. It has its first
    `shared[i]` tokens in common with name i - 1; for name 0 that is -1, not even the root."""

    tokens: NDArray[Any]
    start: NDArray[np.int64]
    length: NDArray[np.int32]
    shared: NDArray[np.int32]

    @classmethod
    def of(cls, names: Ragged, order: NDArray[np.int64]) -> "_SortedNames":
        tokens, start, length = names.values, names.offsets[order], names.lengths[order].astype(np.int32)
        shared = np.zeros(len(order), np.int32)
        shared[:1] = -1
        alike, depth = np.arange(1, len(order)), 0
        while len(alike):
            shared[alike] = depth
            alike = alike[np.minimum(length[alike - 1], length[alike]) > depth]
            alike = alike[tokens[start[alike - 1] + depth] == tokens[start[alike] + depth]]
            depth += 1
        return cls(tokens, start, length, shared)

    def levels(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Every depth with its names, those that have so many tokens, and where among them each node begins."""
        here, depth = np.arange(len(self.length)), 0
        while len(here):
            yield depth, here, np.flatnonzero(self.shared[here] < depth)
            here = here[self.length[here] > depth]
            depth += 1


def _by_tokens(names: Ragged) -> NDArray[np.int64]:
    """Index that sorts names by their tokens; equal names stay in order.

    A radix sort from the last token to the first; at each place only the names that reach it take part.
    """
    length = names.lengths
    by_length = np.argsort(length, kind="stable")
    n_below = np.searchsorted(length[by_length], np.arange(length.max(initial=0) + 2))
    order = by_length[:0]
    for place in reversed(range(len(n_below) - 2)):
        order = np.concatenate([by_length[n_below[place + 1] : n_below[place + 2]], order])
        order = order[np.argsort(names.values[names.offsets[order] + place], kind="stable")]
    return order


def _nodes(names: _SortedNames) -> dict[str, NDArray[Any]]:
    """The arrays of the nodes, and which of them are leaves, from names of which no two are equal."""
    n_nodes = max(1, int(names.length.sum() - names.shared.sum(dtype=np.int64)))
    tokens = np.zeros(n_nodes, names.tokens.dtype)
    height = np.zeros(n_nodes, _narrowest(names.length, HEIGHT_TYPES))
    first_child = np.zeros(n_nodes + 1, np.int32)
    leaf_nodes, leaf_numbers = np.zeros((2, len(names.length)), np.int32)
    first_child[0], start, n_leaves = 1, 0, 0
    for depth, here, begins in names.levels():
        first, stop = here[begins], start + len(begins)
        if depth:
            tokens[start:stop] = names.tokens[names.start[first] + depth - 1]
        height[start:stop] = np.maximum.reduceat(names.length[here], begins) - depth
        begins_child = (names.shared[here] <= depth) & (names.length[here] > depth)
        first_child[start + 1 : stop + 1] = np.add.reduceat(begins_child, begins, dtype=np.int32)
        ends = np.flatnonzero(names.length[first] == depth)
        leaf_nodes[n_leaves : n_leaves + len(ends)] = start + ends
        leaf_numbers[n_leaves : n_leaves + len(ends)] = first[ends]
        start, n_leaves = stop, n_leaves + len(ends)
    np.cumsum(first_child, out=first_child)
    return {
        "tokens": tokens,
        "first_child": first_child,
        "height": height,
        "leaf_nodes": leaf_nodes,
        "leaf_numbers": leaf_numbers,
    }


def _merged(rows: Ragged, leaf: NDArray[np.int64]) -> Ragged:
    """Rows by leaf instead of by name, each row once; `leaf` (n_names,) ascends."""
    owner = np.repeat(leaf, rows.lengths)
    _, first = np.unique(owner << 32 | rows.values, return_index=True)
    first.sort()
    return Ragged(rows.values[first], offsets_of(np.bincount(owner[first], minlength=leaf.max(initial=-1) + 1)))


def _narrowest(values: NDArray[Any], types: tuple[type[np.integer[Any]], ...]) -> DTypeLike:
    largest = values.max(initial=0)
    return next(each for each in types if largest <= np.iinfo(each).max)


def _check_names(names: Ragged, rows: Ragged) -> None:
    if len(names.lengths) != len(rows.lengths):
        raise KnowledgeBaseError(
            f"{len(names.lengths)} names came with {len(rows.lengths)} payloads: give one payload a name."
        )
    if (names.lengths == 0).any():
        raise KnowledgeBaseError("A name needs at least its EOS token: normalise names and drop the empty ones.")
    last = names.values[names.offsets[1:] - 1]
    if (last != last[:1]).any():
        raise KnowledgeBaseError("Names end with different tokens: end each with the model's EOS token.")


def _check_ends(names: _SortedNames) -> None:
    # A name that others go on from is shared whole by the next one in order.
    goes_on = (names.shared[1:] == names.length[:-1]) & (names.length[1:] > names.length[:-1])
    if goes_on.any():
        raise KnowledgeBaseError("A name goes on behind EOS: tokenise names without special tokens, then add one EOS.")
