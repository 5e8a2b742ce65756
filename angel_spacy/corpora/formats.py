"""The formats by name, and the one a file is in."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import CorpusError
from ..files import UNREADABLE, open_bytes
from ..records import Article
from .files import OnError
from .jsonl import read_jsonl
from .pubmed_xml import read_pubmed_xml
from .pubtator import read_pubtator
from .text import read_text

Reader = Callable[[Path, OnError | None], Iterator[Article]]

READERS: dict[str, Reader] = {
    "jsonl": read_jsonl,
    "text": read_text,
    "pubtator": read_pubtator,
    "pubmed-xml": read_pubmed_xml,
}

_SUFFIXES = {".jsonl": "jsonl", ".pubtator": "pubtator", ".xml": "pubmed-xml"}
_BEGINNINGS = [(rb"\{", "jsonl"), (rb"<", "pubmed-xml"), (rb"[^|\t\n]+\|t\|", "pubtator")]
_HEAD = 4096  # bytes that are enough to see how a file begins


def read_articles(
    path: Path,
    format: str | None = None,  # noqa: A002 the word that users of a command line expect
    on_error: OnError | None = None,
) -> Iterator[Article]:
    """Articles of the file, in the named format or the one that `guess_format` finds.

    The first bad record raises `CorpusError`; with `on_error` each is reported with its number and left out.
    """
    name = format or guess_format(Path(path))
    if name not in READERS:
        raise CorpusError(f"expected a format of {', '.join(READERS)}, found {name!r}; choose one of these")
    return READERS[name](Path(path), on_error)


def guess_format(path: Path) -> str:
    """The format by the file's suffix, `.gz` aside, or by how it begins; `.txt` may also hold PubTator."""
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if suffix.lower() in _SUFFIXES:
        return _SUFFIXES[suffix.lower()]
    name = _sniff(path)
    return name if suffix.lower() != ".txt" or name == "pubtator" else "text"


def _sniff(path: Path) -> str:
    try:
        with open_bytes(path) as file:
            head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except UNREADABLE as error:
        raise CorpusError(f"{path}: cannot be read ({error}); check the path, or fetch the file again") from error
    return next((name for beginning, name in _BEGINNINGS if re.match(beginning, head)), "text")
