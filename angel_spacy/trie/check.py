"""Arrays that come from outside: are they a packed trie? One look that costs nothing, and one at everything."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .build import HEIGHT_TYPES, TOKEN_TYPES

_TYPES = {"tokens": TOKEN_TYPES, "height": HEIGHT_TYPES}


def check_outline(arrays: Mapping[str, NDArray[Any]], fields: tuple[str, ...]) -> None:
    """Raises ValueError unless the arrays are there, have the types and lengths of one trie, and end where they must.

    Reads a few numbers only. A trie that passes may still hold wrong answers, see `check_all`.
    """
    if set(arrays) != set(fields):
        raise ValueError(f"arrays {sorted(arrays)}")
    for name, array in arrays.items():
        if array.ndim != 1 or array.dtype not in _TYPES.get(name, (np.int32,)):
            raise ValueError(f"{name} is not a row of the right integers")
    tokens, first, offsets = arrays["tokens"], arrays["first_child"], arrays["payload_offsets"]
    n_nodes, n_leaves = len(tokens), len(arrays["leaf_nodes"])
    of_nodes = len(first) - 1, len(arrays["height"])
    of_leaves = len(arrays["leaf_numbers"]), len(offsets) - 1, len(arrays["first_input"])
    if n_nodes == 0 or of_nodes != (n_nodes,) * 2 or of_leaves != (n_leaves,) * 3:
        raise ValueError("arrays of different tries")
    if first[0] != 1 or first[-1] != n_nodes or offsets[0] != 0 or offsets[-1] != len(arrays["payload"]):
        raise ValueError("children or payload out of bounds")


def check_all(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raises ValueError unless the arrays, of which the outline is right, are a trie down to every node."""
    first, offsets = arrays["first_child"], arrays["payload_offsets"]
    if (np.diff(first) < 0).any() or (first[:-1] <= np.arange(len(first) - 1, dtype=np.int32)).any():
        raise ValueError("children out of order")
    _check_tokens(arrays["tokens"], first)
    inner = _check_heights(arrays["height"], first)
    _check_leaves(arrays["leaf_nodes"], arrays["leaf_numbers"], inner)
    if (np.diff(offsets) < 0).any() or (arrays["payload"] < 0).any() or (arrays["first_input"] < 0).any():
        raise ValueError("wrong payload")


def _check_tokens(tokens: NDArray[Any], first: NDArray[np.int32]) -> None:
    begins = np.zeros(len(first), bool)
    begins[first] = True
    if (tokens < 0).any() or not (begins[2:-1] | (tokens[2:] > tokens[1:-1])).all():
        raise ValueError("tokens out of order")


def _check_heights(height: NDArray[Any], first: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Mask of the nodes that have children."""
    inner = first[1:] > first[:-1]
    if ((height > 0) != inner).any():
        raise ValueError("wrong heights")
    if inner.any() and (np.maximum.reduceat(height, first[:-1][inner]) != height[inner] - 1).any():
        raise ValueError("wrong heights")
    return inner


def _check_leaves(nodes: NDArray[np.int32], numbers: NDArray[np.int32], inner: NDArray[np.bool_]) -> None:
    if not np.array_equal(nodes, np.flatnonzero(~inner[1:]) + 1):
        raise ValueError("leaves that are none")
    if (numbers < 0).any() or not np.array_equal(np.bincount(numbers), np.ones(len(nodes))):
        raise ValueError("wrong leaves")
