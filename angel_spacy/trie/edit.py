"""One name more or less in a packed trie: the arrays are copied, not sorted anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Fields = dict[str, NDArray[Any]]


def path_of(trie: Fields, sequence: Sequence[int]) -> list[int]:
    """The nodes that the beginning of a sequence leads to, the root first, as far as the trie has it."""
    tokens, first_child = trie["tokens"], trie["first_child"]
    path = [0]
    for token in sequence:
        start, stop = first_child[path[-1] : path[-1] + 2].tolist()
        node = start + int(tokens[start:stop].searchsorted(token))
        if node == stop or tokens[node] != token:
            break
        path.append(node)
    return path


def leaf_at(trie: Fields, node: int) -> int:
    """The number of the leaf that a node without children is."""
    return int(trie["leaf_numbers"][trie["leaf_nodes"].searchsorted(node)])


def with_name(trie: Fields, sequence: Sequence[int], rows: Sequence[int], number: int) -> Fields | None:
    """The fields of the trie with a new sequence that means `rows` and is input `number`. None where it has to be
    packed anew: it is there already, or does not fit the types; or the trie is empty."""
    path = path_of(trie, sequence)
    new = len(sequence) + 1 - len(path)
    too_large = max(sequence) > np.iinfo(trie["tokens"].dtype).max
    if not new or too_large or len(sequence) > np.iinfo(trie["height"].dtype).max or len(trie["tokens"]) < 2:
        return None
    parent, depth = path[-1], len(path) - 1
    first_child = trie["first_child"]
    start, stop = first_child[parent : parent + 2].tolist()
    places = [start + int(trie["tokens"][start:stop].searchsorted(sequence[depth]))]
    right = places[0] < stop
    leaf = leaf_at(trie, _outermost(first_child, places[0], 0)) if right else None
    if leaf is None:
        leaf = leaf_at(trie, _outermost(first_child, places[0] - 1, -1)) + 1
    while len(places) < new:
        places.append(int(first_child[places[-1]]))
    n_children = np.insert(np.diff(first_child), places, [1] * (new - 1) + [0])
    n_children[parent] += 1
    height = np.insert(trie["height"], places, range(new - 1, -1, -1))
    height[path] = np.maximum(height[path], np.arange(len(sequence), len(sequence) - len(path), -1))
    node = places[-1] + new - 1
    nodes = trie["leaf_nodes"] + np.searchsorted(places, trie["leaf_nodes"], side="right").astype(np.int32)
    numbers = trie["leaf_numbers"] + (trie["leaf_numbers"] >= leaf)
    at = int(nodes.searchsorted(node))
    begin = int(trie["payload_offsets"][leaf])
    return {
        "tokens": np.insert(trie["tokens"], places, sequence[depth:]),
        "first_child": _first_child(n_children),
        "height": height,
        "leaf_nodes": np.insert(nodes, at, node).astype(np.int32, copy=False),
        "leaf_numbers": np.insert(numbers, at, leaf).astype(np.int32, copy=False),
        "payload_offsets": _offsets(np.insert(np.diff(trie["payload_offsets"]), leaf, len(rows))),
        "payload": np.insert(trie["payload"], begin, rows),
        "first_input": np.insert(trie["first_input"], leaf, number),
    }


def without_name(trie: Fields, sequence: Sequence[int]) -> Fields | None:
    """The fields of the trie without the leaf of a sequence; None where it is not there, or is the last one."""
    path = path_of(trie, sequence)
    n_children = np.diff(trie["first_child"])
    if len(path) <= len(sequence) or n_children[path[-1]] or len(trie["leaf_nodes"]) < 2:
        return None
    leaf = leaf_at(trie, path[-1])
    keep = max(i for i, node in enumerate(path) if n_children[node] > 1)  # the last node that others go on from
    gone = path[keep + 1 :]
    n_children[path[keep]] -= 1
    height = trie["height"].copy()
    for node in reversed(path[: keep + 1]):
        start, stop = trie["first_child"][node : node + 2].tolist()
        left = height[start:stop][np.isin(np.arange(start, stop), gone, invert=True)]
        height[node] = left.max() + 1
    at = int(trie["leaf_nodes"].searchsorted(path[-1]))
    nodes, numbers = np.delete(trie["leaf_nodes"], at), np.delete(trie["leaf_numbers"], at)
    begin, end = trie["payload_offsets"][leaf : leaf + 2].tolist()
    return {
        "tokens": np.delete(trie["tokens"], gone),
        "first_child": _first_child(np.delete(n_children, gone)),
        "height": np.delete(height, gone),
        "leaf_nodes": nodes - np.searchsorted(gone, nodes).astype(np.int32),
        "leaf_numbers": numbers - (numbers > leaf),
        "payload_offsets": _offsets(np.delete(np.diff(trie["payload_offsets"]), leaf)),
        "payload": np.delete(trie["payload"], slice(begin, end)),
        "first_input": np.delete(trie["first_input"], leaf),
    }


def _outermost(first_child: NDArray[Any], node: int, which: int) -> int:
    """The first leaf below a node (`which` 0), or the last one (-1)."""
    while first_child[node] < first_child[node + 1]:
        node = int(first_child[node]) if which == 0 else int(first_child[node + 1]) - 1
    return node


def _first_child(n_children: NDArray[Any]) -> NDArray[Any]:
    first_child = np.empty(len(n_children) + 1, np.int32)
    first_child[0] = 1
    np.cumsum(n_children, out=first_child[1:])
    first_child[1:] += 1
    return first_child


def _offsets(lengths: NDArray[Any]) -> NDArray[Any]:
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
