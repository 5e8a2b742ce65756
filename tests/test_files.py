import gzip
import io
import zlib
from functools import partial

import pytest

from angel_spacy.files import Parts, UnreadableError, numbered_lines, open_bytes, whole


def test_a_file_is_written_to_its_end_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "notes.txt"
    with whole(path) as fresh:
        fresh.write_text("first")
    with pytest.raises(KeyboardInterrupt), whole(path) as fresh:
        _write_half(fresh)
    assert path.read_text() == "first"
    assert [left.name for left in path.parent.iterdir()] == ["notes.txt"]


def test_a_folder_takes_the_place_of_the_one_before_whole(tmp_path):
    path = tmp_path / "model"
    for names in (["a", "b"], ["c"]):
        with whole(path) as fresh:
            fresh.mkdir()
            for name in names:
                (fresh / name).touch()
    with pytest.raises(OSError, match="disk full"), whole(path) as fresh:
        _fill_half(fresh)
    assert [left.name for left in path.iterdir()] == ["c"]
    assert [left.name for left in tmp_path.iterdir()] == ["model"]


def test_lines_are_read_through_gzip_marks_and_other_encodings(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfone\r\n\xff\xfe\n\xef\xbb\xbfthree"))
    assert list(numbered_lines(path)) == [(1, "one"), (2, None), (3, "three")]


def test_what_cannot_be_read_on_says_where(tmp_path):
    path = tmp_path / "lines.gz"
    path.write_bytes(gzip.compress(b"line\n" * 100_000)[:-20])
    with pytest.raises(UnreadableError) as caught:
        list(numbered_lines(path))
    assert 1 < caught.value.line <= 100_000
    with pytest.raises(UnreadableError, match="No such file"):
        list(numbered_lines(tmp_path / "absent"))


def test_lines_may_end_with_carriage_returns_alone(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"one\rtwo\r\rfour\r")
    assert list(numbered_lines(path)) == [(1, "one"), (2, "two"), (3, ""), (4, "four")]
    path.write_bytes(b"one\rstill one\ntwo\r\n")
    assert list(numbered_lines(path)) == [(1, "one\rstill one"), (2, "two")]


def test_a_line_without_an_end_is_no_line(tmp_path, monkeypatch):
    monkeypatch.setattr("angel_spacy.files._LONGEST_LINE", 1000)
    path = tmp_path / "lines"
    path.write_bytes(b"short\n" + b"x" * 5000 + b"\n")
    with pytest.raises(UnreadableError, match="a line of more than 1,000 bytes"):
        list(numbered_lines(path))


def _write_half(path):
    path.write_text("half of the sec")
    raise KeyboardInterrupt


def _fill_half(folder):
    folder.mkdir()
    (folder / "d").touch()
    raise OSError("disk full")


class _Counted(io.BytesIO):
    n_reads = 0

    def read1(self, size=-1):
        self.n_reads += 1
        return super().read1(size)


def test_one_long_part_is_given_in_few_pieces_and_short_ones_as_they_are_asked_for():
    file = _Counted(bytes(1 << 24))
    parts = Parts(file)
    while parts.read(1 << 14):
        pass
    assert file.n_reads < 20
    file.seek(0)
    parts.begin()
    assert len(parts.read(1 << 14)) == 1 << 14
    parts.begin()
    assert len(parts.read(1 << 14)) == 1 << 14


def test_what_lies_before_a_cut_is_read(tmp_path):
    text = b"".join(b"<b>%d</b>" % i for i in range(20_000))
    packed = gzip.compress(text)
    path = tmp_path / "cut.gz"
    path.write_bytes(packed[: len(packed) // 2])
    pieces: list[bytes] = []
    with open_bytes(path) as file, pytest.raises(EOFError):
        pieces.extend(iter(partial(Parts(file).read, 1 << 14), b""))
    read = b"".join(pieces)
    assert text.startswith(read)
    assert len(read) > len(zlib.decompressobj(31).decompress(packed[: len(packed) // 2 - 8192]))
