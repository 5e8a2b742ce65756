"""Named arrays as a folder of .npy files, which are memory-mapped, or as bytes: the same arrays give the same bytes."""

import errno
import io
import os
import tokenize
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

DAMAGE = (OSError, ValueError, TypeError, KeyError, EOFError, SyntaxError, OverflowError, tokenize.TokenError)
"""What reading a missing, truncated or altered file raises."""


def save_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Writes an array a file into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        path = folder / f"{name}.npy"
        try:
            np.save(path, array, allow_pickle=False)
        except OSError as error:
            if error.errno is None:  # numpy's own, of a file that was not written to its end
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
            raise


def map_arrays(folder: Path) -> Arrays:
    """The arrays mapped copy-on-write: pages are shared, the files are never altered. Raises one of `DAMAGE`.

    A file that is shorter than its header says is damaged; what is in it is not looked at.
    """
    paths = sorted(folder / name for name in os.listdir(folder) if name.endswith(".npy"))
    return {path.stem: np.asarray(np.load(path, mmap_mode="c", allow_pickle=False)) for path in paths}


def arrays_to_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The files that `save_arrays` writes, by name, as one msgpack."""
    data: bytes = srsly.msgpack_dumps({name: _file_of(arrays[name]) for name in sorted(arrays)})
    return data


def arrays_from_bytes(data: bytes) -> Arrays:
    """The arrays that `arrays_to_bytes` stored. Raises one of `DAMAGE`."""
    files = dict(srsly.msgpack_loads(data))
    return {name: np.asarray(np.load(io.BytesIO(file), allow_pickle=False)) for name, file in files.items()}


def _file_of(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
