"""PubTator: `id|t|title`, `id|a|abstract`, then tab-separated mentions; offsets in both joined by a space."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import CorpusError
from ..files import open_output, raw_lines
from ..kb.identifiers import join_ids
from ..records import Article, Mention
from .files import OnError, Reporter, numbered_lines
from .pubtator_mentions import Line, MentionReader, place_of_ids, usual_shifts

_TEXT = re.compile(r"([^|\t]+)\|([ta])\|(.*)", re.DOTALL)
_BREAKS = str.maketrans("\t\n\r", "   ")  # one space for each, so that offsets hold


def read_pubtator(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles with their mentions; title or abstract may lack. Relations and columns after the ids are skipped.

    A broken article, or a mention that is not in its text, raises `CorpusError`; with `on_error` it is reported and
    left out, and reading goes on. Offsets that are off by a few characters throughout are mended, and reported once.
    """
    return (article for article, _ in _numbered(Path(path), Reporter(Path(path), on_error)))


def _numbered(path: Path, report: Reporter) -> Iterator[tuple[Article, list[int]]]:
    """The articles, each with the numbers of its mentions' lines."""
    mentions = MentionReader(report)
    for record, lines in enumerate(_blocks(_lines(numbered_lines(path, report))), 1):
        texts = [line for line in lines if line.part]
        if not texts:
            problem = "expected `id|t|title` or `id|a|abstract` to begin an article; complete or delete this one"
            report(problem, record=record, line=lines[0].number)
            continue
        article = _article(texts)
        found = list(mentions.read(article, lines[len(texts) :], record))
        yield replace(article, mentions=tuple(mention for _, mention in found)), [number for number, _ in found]
    mentions.end()


def write_pubtator(articles: Iterable[Article], path: Path) -> int:
    """Number of articles written; tabs and line breaks inside a text become spaces."""
    n_articles = 0
    with open_output(Path(path)) as file:
        for article in articles:
            file.write(pubtator_block(article))
            n_articles += 1
    return n_articles


def with_ids(path: Path, linked: Iterable[Article]) -> Iterator[bytes]:
    """The lines of a file with the ids of the articles' mentions, all else as it stands, bytes that are no text too.

    `linked` are what `read_pubtator` gives of it, in its order, with other ids. Where a line has no place for ids they
    are a last column.
    """
    read = _numbered(Path(path), Reporter(Path(path), lambda _: None))
    changes = (
        (number, mention.concept_ids)
        for (_, numbers), article in zip(read, linked, strict=True)
        for number, mention in zip(numbers, article.mentions, strict=True)
    )
    number, ids = next(changes, (0, ()))
    for place, raw in enumerate(raw_lines(path), 1):
        if place == number:
            yield _line_with_ids(raw, ids)
            number, ids = next(changes, (0, ()))
        else:
            yield raw


def _line_with_ids(raw: bytes, ids: tuple[str, ...]) -> bytes:
    text = raw.decode("utf8")
    line = text.rstrip("\r\n")
    columns, place = line.split("\t"), place_of_ids(line.partition("\t")[2])
    columns[place + 1 : place + 2] = [join_ids(ids)]
    return ("\t".join(columns) + text[len(line) :]).encode()


def pubtator_block(article: Article) -> str:
    """One article as PubTator lines, ended by an empty line."""
    key = article.article_id
    if not re.fullmatch(r"[^|\s]+", key):
        raise CorpusError(f"article id {key!r}: PubTator ids are one word without `|`; rename the article")
    rows = [f"{key}|t|{article.title.translate(_BREAKS)}", f"{key}|a|{article.abstract.translate(_BREAKS)}"]
    shift = -usual_shifts(article)[0]
    rows += ("\t".join([key, *_columns(mention, shift)]) for mention in article.mentions)
    return "\n".join(rows) + "\n\n"


def _columns(mention: Mention, shift: int) -> list[str]:
    offsets = [str(mention.start + shift), str(mention.end + shift)]
    texts = mention.text, mention.label, join_ids(mention.concept_ids)
    return [*offsets, *(text.translate(_BREAKS) for text in texts)]


def _lines(lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
    for number, line in lines:
        if text := _TEXT.fullmatch(line):
            yield Line(number, text[1].strip(), text[2], text[3])
        else:
            article_id, _, rest = line.partition("\t")
            yield Line(number, article_id.strip(), "", rest)


def _blocks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines of one article at a time, without empty ones."""
    block: list[Line] = []
    blank = False
    for line in lines:
        is_empty = not (line.part or line.article_id or line.text.strip())
        if block and not is_empty and _begins_another(line, block, blank):
            yield block
            block = []
        if not is_empty:
            block.append(line)
        blank = is_empty
    if block:
        yield block


def _begins_another(line: Line, block: list[Line], blank: bool) -> bool:
    """Whether a line begins another article than the block's: a title or an abstract does, unless it is the other half
    of the one line that there is; another line does when its id is another and an empty line, `blank`, is before it."""
    if not line.part:
        return blank and line.article_id != block[0].article_id
    is_other_half = len(block) == 1 and {line.part, block[0].part} == {"t", "a"}
    return not is_other_half or line.article_id != block[0].article_id


def _article(texts: list[Line]) -> Article:
    """The article of a title, an abstract or both."""
    title, abstract = ("".join(line.text for line in texts if line.part == part) for part in "ta")
    return Article(texts[0].article_id, title, abstract)
