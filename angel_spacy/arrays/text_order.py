"""The order of millions of texts in a pool, without a Python object for any of them."""

import numpy as np
from numpy.typing import NDArray

from .texts import Bytes, Ints

_STEP = 7  # bytes compared at a time; the eighth byte of a key says how much of the text is left
_MASKS = np.array([(1 << 64) - (1 << 8 * (8 - n)) if n else 0 for n in range(_STEP + 1)], np.uint64)


def text_order(data: Bytes, offsets: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(order, group), both (n_texts,): the texts sorted by code points, equal ones as they came; and for each place
    in that order, how many different texts stand before it.

    A radix sort from the front: texts are sorted by 7 bytes, those still alike by the next 7, and so on. UTF-8 sorts
    as its code points do.
    """
    n_texts = len(offsets) - 1
    order, is_first = np.arange(n_texts), np.zeros(n_texts, bool)
    is_first[:1] = True
    places, depth = np.arange(n_texts), 0  # where in the order texts are still alike
    words = _words(data)
    while len(places):
        run = np.cumsum(is_first[places])
        keys, goes_on = _keys(words, offsets, order[places], depth)
        sorting = np.lexsort((keys, run)) if depth else np.argsort(keys, kind="stable")
        order[places] = order[places][sorting]
        keys, run, goes_on = keys[sorting], run[sorting], goes_on[sorting]
        is_first[places[1:]] |= (keys[1:] != keys[:-1]) | (run[1:] != run[:-1])
        places, depth = places[goes_on & _has_twin(is_first, places)], depth + _STEP
    return order, np.cumsum(is_first) - 1


def _words(data: Bytes) -> NDArray[np.uint64]:
    """The 8 bytes from every byte on, as one number each: (n_bytes + 1,). Behind the end there are zeros."""
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    return np.ndarray(len(data) + 1, ">u8", buffer=padded, strides=(1,))


def _keys(
    words: NDArray[np.uint64], offsets: Ints, texts: NDArray[np.int64], depth: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """What `texts` are compared by at `depth`, and whether something follows: both (n,).

    Where two texts have the same 7 bytes because zeros stand behind the end of one, its rest is the shorter one.
    """
    starts = offsets[texts] + depth
    left = offsets[texts + 1] - starts
    keys = words[starts].astype(np.uint64) & _MASKS[np.minimum(left, _STEP)]
    return keys | np.minimum(left, _STEP + 1).astype(np.uint64), left > _STEP


def _has_twin(is_first: NDArray[np.bool_], places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the text at each of `places` is like its neighbour so far: (n,)."""
    last = np.append(is_first[1:], True)
    alone: NDArray[np.bool_] = is_first[places] & last[places]
    return ~alone
