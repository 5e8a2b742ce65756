"""The elements of some names out of a file of XML, one after another: what is broken costs no other element."""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

from ..files import open_bytes

BROKEN = (ParseError, LookupError, ValueError, RecursionError)
"""What XML raises that is broken, nested too deep, or in an encoding that there is not."""

_CHUNK = 1 << 16  # bytes
_LARGEST = 1 << 24  # characters that are kept in memory of what does not end
_LONGEST_TAG = 100  # characters that a tag of interest may have
_COMMENT_END = re.compile("-->")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)""")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands `before` an element, and the element's `text` from its first tag on, "" where no more come.

    `line` is the number of the element's first line; `is_whole` says whether its end was found.
    """

    before: str
    text: str
    line: int
    is_whole: bool


def pieces(path: Path, names: Mapping[str, str]) -> Iterator[Piece]:
    """The elements called as the keys of `names`, at last what follows them; one of them in memory at a time.

    None of them holds another, apart from its value in `names`: another's first tag ends one without an end.
    Raises what is in `files.UNREADABLE`, and UnicodeError for UTF-16 that is none.
    """
    buffer = _Buffer(_decoded(path))
    starts = re.compile(rf"<!--|<({'|'.join(names)})(?=[\s/>])")
    ends = {name: _end(name, [other for other in names if other != child]) for name, child in names.items()}
    while not buffer.is_empty():
        start = _start(buffer, starts)
        before = buffer.take(start.start() if start else len(buffer.text))
        line = buffer.line
        end = buffer.search(ends[start[1]], 1) if start else None
        is_whole = end is not None and end[0].startswith("</")
        text = buffer.take((end.end() if is_whole else end.start()) if end else len(buffer.text)) if start else ""
        yield Piece(before, text, line, is_whole)


class _Buffer:
    """The part of a text that is in memory: it grows at its end and is taken from its beginning."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.text, self.line = "", 1
        self._n_taken = self._looked = 0  # characters of the file

    def is_empty(self) -> bool:
        """Whether nothing is left of the text."""
        return not self.text and not self._grow()

    def search(self, pattern: re.Pattern[str], start: int) -> re.Match[str] | None:
        """The first match, for which the text is read on; None when there is none, or none near enough."""
        while (match := pattern.search(self.text, start)) is None and len(self.text) < _LARGEST:
            start = max(start, len(self.text) - _LONGEST_TAG)
            if not self._grow():
                break
        return match

    def comment_end(self, start: int) -> re.Match[str] | None:
        """The end of a comment; where there is none, that is found out once."""
        found = self.search(_COMMENT_END, max(start, self._looked - self._n_taken))
        if found is None:
            self._looked = self._n_taken + max(0, len(self.text) - len("--"))
        return found

    def take(self, size: int) -> str:
        """The first `size` characters, which are in memory no longer."""
        taken, self.text = self.text[:size], self.text[size:]
        self.line += taken.count("\n")
        self._n_taken += size
        return taken

    def _grow(self) -> bool:
        """By a part of what there is, so that a long text is not copied with every chunk; False at the end."""
        chunks, n_more = [self.text], 0
        for chunk in self._chunks:
            chunks.append(chunk)
            n_more += len(chunk)
            if n_more > len(self.text) // 4:
                break
        self.text = "".join(chunks)
        return n_more > 0


def _start(buffer: _Buffer, starts: re.Pattern[str]) -> re.Match[str] | None:
    """The first tag of an element, unless it is in a comment that ends."""
    position = 0
    while (match := buffer.search(starts, position)) and not match[1]:
        comment = buffer.comment_end(match.end())
        position = comment.end() if comment else match.end()
    return match


def _end(name: str, others: list[str]) -> re.Pattern[str]:
    return re.compile(rf"</{name}\s*>|<(?:{'|'.join(others)})(?=[\s/>])")


def _decoded(path: Path) -> Iterator[str]:
    """The file's text, in which other bytes than its encoding's are lone surrogates."""
    with open_bytes(path) as file:
        chunk = file.read1(_CHUNK)
        decoder = codecs.getincrementaldecoder(_encoding(chunk))("surrogateescape")
        while chunk:
            if text := decoder.decode(chunk):
                yield text
            chunk = file.read1(_CHUNK)
        yield decoder.decode(b"", final=True)


def _encoding(beginning: bytes) -> str:
    """UTF-16 by its byte order mark, what the XML declaration says, or else UTF-8."""
    declared = _ENCODING.match(beginning.lstrip())
    name = "utf-16" if beginning.startswith(_UTF16) else declared[1].decode() if declared else "utf-8"
    try:
        "".encode(name)
    except LookupError:
        return "utf-8"
    return name
