"""Names -> the arrays of a packed trie, level by level, and the check of arrays that come from outside."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import KnowledgeBaseError
from .ragged import IntArray, Ragged, offsets_of

FIELDS = ("tokens", "first_child", "leaf", "height", "leaf_node", "payload_offsets", "payload", "source")


def pack(names: Ragged, rows: Ragged) -> dict[str, IntArray]:
    """The fields of a `PackedTrie` from names that end with EOS and the concept rows of each.

    Raises KnowledgeBaseError for an empty name and for names that do not all end with the same token.
    """
    _check_names(names, rows)
    levels = _grow(names)
    first_child = np.searchsorted(levels.parent, np.arange(len(levels.parent) + 1))
    _check_ends(first_child, levels.end)
    height, first_leaf = _measure(levels, first_child)
    leaf_of_name = first_leaf[levels.end]
    _, source = np.unique(leaf_of_name, return_index=True)
    leaf_node = levels.end[source]
    leaf = np.full(len(height), -1)
    leaf[leaf_node] = np.arange(len(leaf_node))
    payload = _merge(rows, leaf_of_name, len(leaf_node))
    arrays: dict[str, NDArray[Any]] = {
        "tokens": levels.tokens,
        "first_child": first_child,
        "leaf": leaf,
        "height": height,
        "leaf_node": leaf_node,
        "payload_offsets": payload.offsets,
        "payload": payload.values,
        "source": source,
    }
    return {name: np.ascontiguousarray(array, np.int32) for name, array in arrays.items()}


def check_packed(arrays: Mapping[str, IntArray]) -> None:
    """Raises ValueError unless the arrays describe a trie that can be walked without care."""
    tokens, first, leaf, height, leaf_node, offsets, payload, source = (arrays[name] for name in FIELDS)
    if any(array.dtype != np.int32 or array.ndim != 1 for array in arrays.values()):
        raise ValueError("an array is not a row of int32")
    n_nodes, n_leaves = len(tokens), len(leaf_node)
    lengths = (len(first) - 1, len(leaf), len(height), len(offsets) - 1, len(source))
    if n_nodes == 0 or lengths != (n_nodes, n_nodes, n_nodes, n_leaves, n_leaves):
        raise ValueError("arrays of different tries")
    n_children = np.diff(first)
    if first[0] != 1 or first[-1] != n_nodes or (n_children < 0).any() or (first[:-1] <= np.arange(n_nodes)).any():
        raise ValueError("children out of order")
    parent = np.repeat(np.arange(n_nodes), n_children)
    step = np.diff(tokens[1:])
    if (tokens[1:] < 0).any() or (step[parent[1:] == parent[:-1]] <= 0).any():
        raise ValueError("tokens out of order")
    if (height < 0).any() or (height[parent] <= height[1:]).any():
        raise ValueError("wrong heights")
    if (leaf_node < 1).any() or (leaf_node >= n_nodes).any() or (leaf[leaf_node] != np.arange(n_leaves)).any():
        raise ValueError("wrong leaves")
    if ((leaf[1:] >= 0) != (n_children[1:] == 0)).any() or leaf[0] != -1 or (leaf >= n_leaves).any():
        raise ValueError("leaves that are none")
    if offsets[0] != 0 or offsets[-1] != len(payload) or (np.diff(offsets) < 0).any() or (payload < 0).any():
        raise ValueError("wrong payload")


class _Levels(NamedTuple):
    """A trie as it grows. Depth d holds nodes `bounds[d][0]` .. `bounds[d][1] - 1`; `end` is each name's last node."""

    tokens: NDArray[np.int64]
    parent: NDArray[np.int64]
    bounds: list[tuple[int, int]]
    end: NDArray[np.int64]


def _grow(names: Ragged) -> _Levels:
    """Nodes level by level: the names at a node split by their next token."""
    lengths, starts = names.lengths, names.offsets[:-1]
    end = np.zeros(len(lengths), np.int64)
    active = np.arange(len(lengths))
    tokens, parents, bounds = [np.array([-1])], [np.array([-1])], [(0, 1)]
    while len(active):
        depth = len(bounds) - 1
        split = end[active] << 32 | names.values[starts[active] + depth]
        nodes, which = np.unique(split, return_inverse=True)
        first = bounds[-1][1]
        end[active] = first + which
        tokens.append(nodes & 0xFFFFFFFF)
        parents.append(nodes >> 32)
        bounds.append((first, first + len(nodes)))
        active = active[lengths[active] > depth + 1]
    return _Levels(np.concatenate(tokens), np.concatenate(parents), bounds, end)


def _measure(levels: _Levels, first_child: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Height of every node, and the number of the first leaf below it; both (n_nodes,)."""
    _, parent, bounds, end = levels
    height, first_leaf, n_leaves = (np.zeros(len(parent), np.int64) for _ in range(3))
    n_leaves[end] = 1
    for start, stop in reversed(bounds[1:]):
        np.maximum.at(height, parent[start:stop], height[start:stop] + 1)
        np.add.at(n_leaves, parent[start:stop], n_leaves[start:stop])
    before = np.cumsum(n_leaves) - n_leaves
    for start, stop in bounds[1:]:
        above = parent[start:stop]
        first_leaf[start:stop] = first_leaf[above] + before[start:stop] - before[first_child[above]]
    return height, first_leaf


def _merge(rows: Ragged, leaf: NDArray[np.int64], n_leaves: int) -> Ragged:
    """Rows by leaf instead of by name: names in input order, each row once."""
    order = np.argsort(leaf, kind="stable")
    by_name = rows.take(order)
    owner = np.repeat(leaf[order], by_name.lengths)
    _, first = np.unique(owner << 32 | by_name.values, return_index=True)
    first.sort()
    return Ragged(by_name.values[first], offsets_of(np.bincount(owner[first], minlength=n_leaves)))


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


def _check_ends(first_child: NDArray[np.int64], end: NDArray[np.int64]) -> None:
    if (np.diff(first_child)[end] > 0).any():
        raise KnowledgeBaseError("A name goes on behind EOS: tokenise names without special tokens, then add one EOS.")
