from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.arrays.checksums import CHECKSUMS, changed_files, sha256_of, write_checksums
from angel_spacy.arrays.files import DAMAGE, arrays_from_bytes, arrays_to_bytes, map_arrays, save_arrays

ARRAYS = {"some": np.arange(5, dtype=np.int32), "none": np.zeros(0, np.uint8), "bytes": np.frombuffer(b"abc", np.uint8)}


def same(found: dict, expected: dict) -> bool:
    return found.keys() == expected.keys() and all(
        found[name].dtype == array.dtype and np.array_equal(found[name], array) for name, array in expected.items()
    )


def test_a_folder_and_bytes_give_back_the_arrays(tmp_path: Path) -> None:
    save_arrays(tmp_path / "folder", ARRAYS)
    assert same(map_arrays(tmp_path / "folder"), ARRAYS)
    assert same(arrays_from_bytes(arrays_to_bytes(ARRAYS)), ARRAYS)
    assert arrays_to_bytes(map_arrays(tmp_path / "folder")) == arrays_to_bytes(ARRAYS)


def test_mapped_arrays_share_the_pages_of_their_file_and_leave_it_alone(tmp_path: Path) -> None:
    save_arrays(tmp_path, ARRAYS)
    before = (tmp_path / "some.npy").read_bytes()
    array = map_arrays(tmp_path)["some"]
    assert isinstance(array.base, np.memmap)
    assert array.base.filename == tmp_path / "some.npy"
    assert array.ctypes.data % 64 == 0
    array[0] = 7
    assert (tmp_path / "some.npy").read_bytes() == before


def test_every_shortened_file_is_one_of_the_damages(tmp_path: Path) -> None:
    save_arrays(tmp_path, {"some": ARRAYS["some"]})
    content = (tmp_path / "some.npy").read_bytes()
    for end in range(len(content)):
        (tmp_path / "some.npy").write_bytes(content[:end])
        with pytest.raises(DAMAGE):
            map_arrays(tmp_path)


@pytest.mark.parametrize("flip", [1, 8, 32, 255])
def test_an_altered_header_gives_an_array_or_one_of_the_damages(tmp_path: Path, flip: int) -> None:
    save_arrays(tmp_path, {"some": ARRAYS["some"]})
    content = (tmp_path / "some.npy").read_bytes()
    for place in range(128):
        (tmp_path / "some.npy").write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])
        with suppress(DAMAGE):
            assert isinstance(map_arrays(tmp_path)["some"], np.ndarray)


def test_no_file_may_hold_python_objects(tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(DAMAGE):
        map_arrays(tmp_path)
    with pytest.raises(DAMAGE):
        save_arrays(tmp_path, {"some": np.array([{}], object)})


@given(st.binary(max_size=40))
def test_bytes_of_something_else_are_one_of_the_damages(data: bytes) -> None:
    with pytest.raises(DAMAGE):
        arrays_from_bytes(data + b"\xc1")


def test_checksums_tell_what_was_altered_removed_or_added(tmp_path: Path) -> None:
    for name in ("a", "b", "c/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    before = sha256_of(tmp_path)
    write_checksums(tmp_path)
    assert changed_files(tmp_path) == []
    assert (tmp_path / CHECKSUMS).read_text().splitlines()[2] == f"{sha256_of(tmp_path / 'c/d')}  c/d"
    assert sha256_of(tmp_path) == before
    (tmp_path / "a").write_text("A")
    (tmp_path / "c" / "d").unlink()
    (tmp_path / "e").touch()
    assert changed_files(tmp_path) == ["a", "c/d", "e"]
    assert sha256_of(tmp_path) != before
