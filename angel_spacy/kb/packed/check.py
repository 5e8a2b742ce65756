"""Whether arrays that come from outside can be a knowledge base: by their kinds, lengths and ends, quickly seen."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays.files import Arrays
from .concepts import Labels

_POOLS = ("spellings", "ids", "alt_ids", "definitions", "xrefs", "parents", "seen_names")
_ROWS = ("alt_row", "definition_row", "xref_row", "parent_row")
_INTS = ("first_spelling", "name_spelling", "homonym", "homonym_offsets", "homonym_rows", *_ROWS)
_ORDERS = ("id_order", "alt_order", "seen_row")
_WIDER = {
    "type_set": np.uint16,
    "language": np.uint16,
    "seen_count": np.int64,
    **{f"{pool}_offsets": np.int64 for pool in _POOLS},
}
FIELDS = frozenset((*_POOLS, *_INTS, *_ORDERS, *_WIDER))


def check_packed(arrays: Arrays, n_concepts: object, n_names: object, labels: Labels) -> None:
    """Raises ValueError unless the arrays are those of `PackedConcepts`, each as long as the others ask for."""
    if odd := sorted(arrays.keys() ^ FIELDS):
        raise ValueError(f"{odd[0]} is missing or unknown")
    for name, array in arrays.items():
        _check_kind(name, array)
    size = {name: len(array) for name, array in arrays.items()}
    n_texts = {pool: size[f"{pool}_offsets"] - 1 for pool in _POOLS}
    for name, n in (("id_order", n_concepts), ("name_spelling", n_names)):
        if size[name] != n:
            raise ValueError(f"{size[name]} in {name}, expected {n}")
    n_rows = size["id_order"]
    expected = {
        "first_spelling": n_rows + 1,
        "type_set": n_rows,
        "language": n_texts["spellings"] if size["language"] else 0,
        "alt_row": n_texts["alt_ids"],
        "alt_order": n_texts["alt_ids"],
        "definition_row": n_texts["definitions"],
        "xref_row": n_texts["xrefs"],
        "parent_row": n_texts["parents"],
        "homonym_offsets": size["homonym"] + 1,
        "seen_row": n_texts["seen_names"],
        "seen_count": n_texts["seen_names"],
        "ids_offsets": n_rows + 1,
    }
    if wrong := [name for name, n in expected.items() if size[name] != n]:
        raise ValueError(f"{wrong[0]} has another length than its neighbours")
    if n_rows and arrays["type_set"].max() >= len(labels.type_sets):
        raise ValueError("there are concepts of unknown types")
    if size["language"] and arrays["language"].max() >= len(labels.languages):
        raise ValueError("there are names of unknown languages")
    for pool in _POOLS:
        _check_ends(arrays, f"{pool}_offsets", size[pool])
    _check_ends(arrays, "homonym_offsets", size["homonym_rows"])
    _check_ends(arrays, "first_spelling", n_texts["spellings"])


def _check_kind(name: str, array: NDArray[Any]) -> None:
    kinds = {np.dtype(np.uint8)} if name in _POOLS else {np.dtype(np.int32), np.dtype(_WIDER.get(name, np.int32))}
    if array.ndim != 1 or array.dtype not in kinds:
        raise ValueError(f"{name} is no row of {' or '.join(sorted(map(str, kinds)))}")


def _check_ends(arrays: Arrays, name: str, end: int) -> None:
    offsets = arrays[name]
    if len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != end:
        raise ValueError(f"{name} does not end where its values do")
