"""Arrays as int8 with scales, for files a quarter of the size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SCALE = "_scale"
_TINY = np.finfo(np.float32).tiny


def rounded(name: str, table: NDArray[Any], *, columns: int = 0) -> dict[str, NDArray[Any]]:
    """An array (n, ...) as int8 under `name`, and under `name_scale` (n, n_groups) what each is to be multiplied with:
    one scale for so many `columns` of a row (0, or where they do not go into its length: for the whole row)."""
    flat = table.reshape(len(table), -1)
    size = columns if columns and flat.shape[1] % columns == 0 else flat.shape[1]
    groups = flat.reshape(len(flat), flat.shape[1] // size if size else 1, size)
    scale = np.maximum(np.abs(groups).max(2, initial=0.0), _TINY) / 127
    return {
        name: np.rint(groups / scale[:, :, None]).astype(np.int8).reshape(table.shape),
        f"{name}{SCALE}": scale.astype(np.float32),
    }


def restored(name: str, stored: Mapping[str, NDArray[Any]]) -> Floats:
    """The array that was rounded, or stored as it was, under `name`. Raises KeyError, ValueError."""
    array: Floats = stored[name].astype(np.float32)
    scale = stored.get(f"{name}{SCALE}")
    if scale is None:
        return array
    n_groups = scale.reshape(len(scale), -1).shape[1]
    groups: Floats = array.reshape(len(array), n_groups, -1) * scale.reshape(len(array), n_groups, 1)
    return groups.reshape(array.shape)
