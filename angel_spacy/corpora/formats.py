"""The formats, a line each: how a file is told, read and written, and what help texts and messages say of it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ConfigError, CorpusError
from ..files import UNREADABLE, open_bytes
from ..records import Article, LinkedArticle
from .files import MentionError, OnError
from .jsonl import jsonl_line, read_jsonl
from .pubmed_xml import read_pubmed_xml
from .pubtator import pubtator_block, read_pubtator
from .text import read_text

Reader = Callable[[Path, OnError | None], Iterator[Article]]
Writer = Callable[[LinkedArticle], str]


def _pubtator(linked: LinkedArticle) -> str:
    return pubtator_block(linked.article)


@dataclass(frozen=True, slots=True)
class Format:
    """`read` gives the articles of a file, `write` the text of one article; None: the format is read only.

    A file is of the format whose `suffixes` its name has, else of the first one whose `beginning`, a pattern of bytes,
    matches its first bytes.
    """

    name: str
    read: Reader
    write: Writer | None
    suffixes: tuple[str, ...]
    beginning: bytes
    help: str


FORMATS = (
    Format("jsonl", read_jsonl, jsonl_line, (".jsonl",), rb'\{\s*["}]', "JSONL"),
    Format("pubtator", read_pubtator, _pubtator, (".pubtator",), rb"[^|\t\n]+\|[ta]\|", "PubTator"),
    Format("pubmed-xml", read_pubmed_xml, None, (".xml",), rb"(?i)<([?!][a-z-]|\w+(\s[^<>]*)?>\s*<)", "PubMed XML"),
    Format("text", read_text, None, (), b"", "plain text (each paragraph is an article)"),  # last: it begins anyhow
)

_HEAD = 4096  # bytes that are enough to see how a file begins


def read_articles(
    path: Path,
    format: str | None = None,  # noqa: A002 the word that users of a command line expect
    on_error: OnError | None = None,
    *,
    texts_only: bool = False,
) -> Iterator[Article]:
    """Articles of the file, in the named format or the one that `guess_format` finds.

    The first bad record raises `CorpusError`; with `on_error` each is reported with its number and left out.
    `texts_only` leaves the mentions out, and says nothing of what is wrong with them.
    """
    path = Path(path)
    read = _named(format or guess_format(path)).read
    return _without_mentions(read, path, on_error) if texts_only else read(path, on_error)


def guess_format(path: Path) -> str:
    """The name of the format by the file's suffix, `.gz` aside, or by how it begins."""
    found = _by_suffix(path) or _by_beginning(path)
    return found.name


def writer_of(path: Path) -> Writer:
    """What gives the text of an article in the format that the file's suffix names. Raises ConfigError."""
    found = _by_suffix(path)
    if found is None or found.write is None:
        suffixes = listed(suffix for one in FORMATS if one.write for suffix in one.suffixes)
        raise ConfigError(f"{path}: that format cannot be written. End the name with {suffixes}, .gz behind it or not.")
    return found.write


def listed(words: Iterable[str]) -> str:
    """The words as a sentence has them: `a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _named(name: str) -> Format:
    found = next((one for one in FORMATS if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in FORMATS)
        raise CorpusError(f"expected a format of {names}, found {name!r}; choose one of these")
    return found


def _by_suffix(path: Path) -> Format | None:
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    return next((one for one in FORMATS if suffix.lower() in one.suffixes), None)


def _by_beginning(path: Path) -> Format:
    try:
        with open_bytes(path) as file:
            head = file.read1(_HEAD).lstrip()
    except UNREADABLE as error:
        raise CorpusError(f"{path}: cannot be read ({error}); check the path, or fetch the file again") from error
    return next(one for one in FORMATS if re.match(one.beginning, head))


def _without_mentions(read: Reader, path: Path, on_error: OnError | None) -> Iterator[Article]:
    def report(error: CorpusError) -> None:
        if isinstance(error, MentionError):
            return
        if on_error is None:
            raise error
        on_error(error)

    return (replace(article, mentions=()) for article in read(path, report))
