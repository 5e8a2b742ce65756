"""Valid inputs made wrong: bytes, words, lines and values changed, by a generator with a seed."""

import gzip
import json
import random
import re
import zlib
from collections.abc import Callable

Files = dict[str, bytes]
"""The files of an input by their names in its folder."""

_LARGEST = 1 << 18  # bytes of a file
_DEPTHS, _RUNS = (3, 3, 200, 200, 2000, 20_000), (100, 100, 1000, 1000, 5000, 100_000)
_WORD = re.compile(rb"[\w.:/-]+|\s|[^\w\s]")

ODD_BYTES = (
    *(b"\0", b"\xff", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3", b"\x1a", b"\x0b"),
    *(b"\r", b"\n", b"\r\n", b"\t", b"|", b"||", b";", b",", b'"', b"'", b"\\", b" ", b"", b"\xc2\xa0", b"\x0c"),
    *(b"-1", b"0", b"1", b"9" * 30, b"9" * 5000, b"2147483648", b"9223372036854775808", b"1e999", b"-0.5", b"NaN"),
    *(b"null", b"true", b"[]", b"{}", b'""', b"[[", b'{"a":', b"\\ud800", b"\\u0000", b"\\udfff\\ud800", b"Infinity"),
    *(b"&#xD800;", b"&#0;", b"&amp;", b"&x;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x", b"<a>", b"</a>", b"<a/>"),
    *(b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"encoding='utf-16'", b"encoding='utf-7'", b"encoding='cp037'", b"xmlns='x'"),
    *(b'<?xml version="1.0" encoding="x-none"?>', b'<?xml version="1.0" encoding="big5"?>', b"]", b"}", b"[", b"%"),
    *("İ".encode(), "ﬁ".encode(), "😀".encode(), "é".encode(), "\u0301".encode(), "\u202e".encode(), "٣".encode()),
    *(b"START", b"END", b"%2e%2e%2f", b"../../x", b"/etc/passwd", b"#", b"!", b"=", b":", "²".encode(), "߀".encode()),
)  # fmt: skip
ODD_VALUES = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 0.5, 1e308, float("nan"), float("inf"), float("-inf")),
    *("", " ", "x", "\0", "\ud800", "9" * 5000, "-1", "1", "²", "a\nb", "a\tb", "../../x", "x" * 5000, "İ", "😀"),
    *([], {}, [[]], [None], [1], ["x"], [{}], {"": None}, {"x": []}, [[1, 2]], [[2, 1]], {"id": 1}, {"start": 0}),
)  # fmt: skip


def mutated(rng: random.Random, files: Files) -> Files:
    """The files with some changes, most often in one of them; rarely one of them is gone, or packed."""
    files = dict(files)
    name = rng.choice(sorted(files))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        files[name] = changed(rng, files[name])
    if rng.random() < 0.05:
        files[name] = _packed(rng, files[name])
    if len(files) > 1 and rng.random() < 0.02:
        del files[rng.choice(sorted(files))]
    return files


def changed(rng: random.Random, data: bytes) -> bytes:
    """The bytes with one change of some kind."""
    return rng.choice(_CHANGES)(rng, data)[:_LARGEST]


def _flipped(rng: random.Random, data: bytes) -> bytes:
    other = bytearray(data)
    for _ in range(min(len(data), rng.choice((1, 1, 2, 8)))):
        other[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(other)


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _without(rng: random.Random, data: bytes) -> bytes:
    start, end = _stretch(rng, data)
    return data[:start] + data[end:]


def _doubled(rng: random.Random, data: bytes) -> bytes:
    start, end = _stretch(rng, data)
    return data[:end] + data[start:end] * rng.choice((1, 2, 50)) + data[end:]


def _spliced(rng: random.Random, data: bytes) -> bytes:
    start, end = _stretch(rng, data)
    place = rng.randrange(len(data) + 1)
    return data[:place] + data[start:end] + data[place:]


def _with_odd_bytes(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(ODD_BYTES) + data[place + rng.choice((0, 0, 1, 4)) :]


def _with_other_word(rng: random.Random, data: bytes) -> bytes:
    words = _WORD.findall(data)
    if not words:
        return data
    place = rng.randrange(len(words))
    words[place] = rng.choice((rng.choice(ODD_BYTES), rng.choice(words), words[place] * 2, words[place][:-1]))
    return b"".join(words)


def _with_lines_moved(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    moves = (
        [*lines[:one], *lines[one + 1 :]],
        [*lines[:one], lines[other], *lines[one:]],
        [*lines[:one], lines[one].rstrip(b"\r\n"), *lines[one + 1 :]],
        [*lines[:one], lines[other], *lines[one + 1 :]],
    )
    return b"".join(rng.choice(moves))


def _with_columns_moved(rng: random.Random, data: bytes) -> bytes:
    """In one line a cell more, less, or other than it was."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    sign = rng.choice((b"\t", b"|", b",", b" "))
    cells = lines[place].split(sign)
    cell = rng.randrange(len(cells))
    cells[cell : cell + 1] = rng.choice(([], [cells[cell]] * 2, [rng.choice(ODD_BYTES)], [rng.choice(cells)]))
    lines[place] = sign.join(cells)
    return b"\n".join(lines)


def _nested(rng: random.Random, data: bytes) -> bytes:
    opening, closing = rng.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"<sec>", b"</sec>"), (b"(", b")"))
    )
    depth, place = rng.choice(_DEPTHS), rng.randrange(len(data) + 1)
    inner = rng.choice((b"", b"1", data[place : place + 50]))
    return data[:place] + opening * depth + inner + closing * rng.choice((depth, depth, 0)) + data[place:]


def _with_a_long_run(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) + 1)
    one = rng.choice((b" ", b"\t", b"\n", b"a", b"9", b"|", b"\\", b"&", b"<", b'"', b"\xc3\xa9"))
    return data[:place] + one * rng.choice(_RUNS) + data[place:]


def _recoded(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp037", "utf-7")), errors="replace")


def _with_other_value(rng: random.Random, data: bytes) -> bytes:
    """Of JSON, or of a line of JSON, with one of its values replaced."""
    for whole, (before, part, behind) in ((True, (b"", data, b"")), (False, _line(rng, data))):
        try:
            value = json.loads(part)
        except (ValueError, RecursionError):
            continue
        if not isinstance(value, dict | list):
            return _flipped(rng, data)
        text = json.dumps(other_value(rng, value), ensure_ascii=rng.random() < 0.9, indent=1 if whole else None)
        return before + text.encode("utf-8", "surrogatepass") + behind
    return _with_other_word(rng, data)


def other_value(rng: random.Random, value: object) -> object:
    """A tree of dictionaries and lists in which one node is another, gone, or there twice."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: other_value(rng, value[key])}
    if isinstance(value, list | tuple) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        kept = [value[place]] * rng.choice((0, 2)) if rng.random() < 0.1 else [other_value(rng, value[place])]
        return [*value[:place], *kept, *value[place + 1 :]]
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.4:
        return value + rng.choice((-1000, -1, 1, 3, 1000))
    return rng.choice(ODD_VALUES)


def _packed(rng: random.Random, data: bytes) -> bytes:
    packed = gzip.compress(data, mtime=0)
    return rng.choice(
        (packed, gzip.compress(packed, mtime=0), _cut(rng, packed), _flipped(rng, packed), packed + data[:9])
    )


def in_zlib(rng: random.Random, data: bytes) -> bytes:
    """What zlib packed, changed within, and packed again."""
    return zlib.compress(changed(rng, zlib.decompress(data)), 1)


def _stretch(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 4, 20, 200)))


def _line(rng: random.Random, data: bytes) -> tuple[bytes, bytes, bytes]:
    """One line, what is before it and what is behind it."""
    lines = data.splitlines(keepends=True) or [b""]
    place = rng.randrange(len(lines))
    return b"".join(lines[:place]), lines[place].rstrip(b"\n"), b"\n" + b"".join(lines[place + 1 :])


Change = Callable[[random.Random, bytes], bytes]
_CHANGES: tuple[Change, ...] = (
    *(_flipped, _cut, _without, _doubled, _spliced, _with_odd_bytes, _with_odd_bytes, _with_other_word),
    *(_with_other_word, _with_other_word, _with_lines_moved, _with_columns_moved, _with_columns_moved, _nested),
    *(_with_a_long_run, _recoded, _with_other_value, _with_other_value, _with_other_value),
)  # fmt: skip
