"""Named arrays in one .npz file that can be memory-mapped, so that processes share its pages.

`numpy.load` ignores `mmap_mode` for .npz. The members are stored uncompressed, so each is a plain .npy inside the
file and can be mapped where it lies. The same arrays always give the same bytes (no dates are written).
"""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..files import whole

Arrays = dict[str, NDArray[Any]]

DAMAGE = (OSError, ValueError, KeyError, EOFError, struct.error, zipfile.BadZipFile, RuntimeError)
"""What reading a missing, truncated or altered file raises."""

_ALIGNMENT = 64
_LOCAL_HEADER = 30  # bytes before the member's name (APPNOTE.TXT 4.3.7)
_PADDING_FIELD = 0xD935  # the extra field that zip aligners use


def write_arrays(file: BinaryIO, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Writes an uncompressed .npz whose data start at multiples of 64 bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            info = _aligned_member(f"{name}.npy", file.tell())
            info.file_size = array.nbytes + 2 * _ALIGNMENT  # lets zipfile choose 64-bit sizes for a huge member
            with archive.open(info, "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)  # type: ignore[no-untyped-call]


def save_arrays(path: Path | str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Writes the file, whole or not at all."""
    with whole(Path(path)) as fresh, fresh.open("wb") as file:
        write_arrays(file, arrays)


def read_arrays(file: BinaryIO) -> Arrays:
    """The arrays in memory. Raises one of `DAMAGE`."""
    _check_sums(file)
    with np.load(file, allow_pickle=False) as stored:
        return dict(stored)


def map_arrays(path: Path | str) -> Arrays:
    """The arrays mapped copy-on-write: pages are shared, the file is never altered. Raises one of `DAMAGE`."""
    with Path(path).open("rb") as file:
        _check_sums(file)
        with zipfile.ZipFile(file) as archive:
            return {info.filename.removesuffix(".npy"): _map_member(file, archive, info) for info in archive.infolist()}


def _aligned_member(name: str, position: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    padding = -(position + _LOCAL_HEADER + len(name) + 4) % _ALIGNMENT
    info.extra = struct.pack("<HH", _PADDING_FIELD, padding) + bytes(padding)
    return info


def _check_sums(file: BinaryIO) -> None:
    with zipfile.ZipFile(file) as archive:
        damaged = archive.testzip()
    file.seek(0)
    if damaged is not None:
        raise zipfile.BadZipFile(f"bad checksum of {damaged}")


def _map_member(file: BinaryIO, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{info.filename} is compressed")
    with archive.open(info) as member:
        if np.lib.format.read_magic(member) != (1, 0):  # type: ignore[no-untyped-call]
            raise ValueError(f"{info.filename} has an unknown .npy version")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(member)  # type: ignore[no-untyped-call]
        n_header = member.tell()
    if dtype.hasobject or fortran:
        raise ValueError(f"{info.filename} is not a plain array")
    if 0 in shape:
        return np.zeros(shape, dtype)  # nothing cannot be mapped
    start = _data_start(file, info) + n_header
    return np.memmap(file, dtype=dtype, mode="c", offset=start, shape=shape).view(np.ndarray)


def _data_start(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    file.seek(info.header_offset + _LOCAL_HEADER - 4)
    n_name, n_extra = struct.unpack("<HH", file.read(4))
    return int(info.header_offset + _LOCAL_HEADER + n_name + n_extra)
