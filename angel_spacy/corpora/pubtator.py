"""PubTator: `id|t|title`, `id|a|abstract`, then tab-separated mentions; offsets in both joined by a space."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import CorpusError
from ..files import open_output
from ..kb.identifiers import join_ids
from ..records import Article, Mention
from .files import OnError, Reporter, numbered_lines
from .pubtator_mentions import Line, MentionReader, usual_shifts

_TEXT = re.compile(r"([^|\t]+)\|([ta])\|(.*)", re.DOTALL)
_BREAKS = str.maketrans("\t\n\r", "   ")  # one space for each, so that offsets hold


def read_pubtator(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles with their mentions; title or abstract may lack. Relations and columns after the ids are skipped.

    A broken article, or a mention that is not in its text, raises `CorpusError`; with `on_error` it is reported and
    left out, and reading goes on. Offsets that are off by a few characters throughout are mended, and reported once.
    """
    report = Reporter(Path(path), on_error)
    mentions = MentionReader(report)
    for record, lines in enumerate(_blocks(_lines(numbered_lines(Path(path), report))), 1):
        texts = [line for line in lines if line.part]
        if not texts:
            problem = "expected `id|t|title` or `id|a|abstract` to begin an article; complete or delete this one"
            report(problem, record=record, line=lines[0].number)
            continue
        article = _article(texts)
        yield replace(article, mentions=tuple(mentions.read(article, lines[len(texts) :], record)))
    mentions.end()


def write_pubtator(articles: Iterable[Article], path: Path) -> int:
    """Number of articles written; tabs and line breaks inside a text become spaces."""
    n_articles = 0
    with open_output(Path(path)) as file:
        for article in articles:
            file.write(pubtator_block(article))
            n_articles += 1
    return n_articles


def with_ids(path: Path, linked: Iterable[Article]) -> Iterator[str]:
    """The lines of a file with the ids of the articles' mentions, all else as it stands; `linked` are what
    `read_pubtator` gives of it, in its order, with other ids."""
    raw: dict[int, str] = {}

    def noted() -> Iterator[tuple[int, str]]:
        for number, line in numbered_lines(Path(path), Reporter(Path(path), lambda _: None)):
            raw[number] = line
            yield number, line

    articles = iter(linked)
    article = next(articles, None)
    for block in _blocks(_lines(noted())):
        changed: dict[int, str] = {}
        if article and any(line.part for line in block) and block[0].article_id == article.article_id:
            changed = dict(_with_own_ids(block, article))
            article = next(articles, None)
        for number in [number for number in raw if number <= block[-1].number]:
            line = raw.pop(number)
            yield changed.get(number, line)
    yield from raw.values()


def _with_own_ids(block: Iterable[Line], article: Article) -> Iterator[tuple[int, str]]:
    """(number, line) of the mentions' lines."""
    mentions = list(article.mentions)
    for line in block:
        columns = line.text.split("\t")
        if line.part or not mentions or len(columns) < 4 or not (columns[0].isdecimal() and columns[1].isdecimal()):
            continue
        if columns[2].split() == mentions[0].text.split() and columns[3] == mentions[0].label:
            ids = join_ids(mentions.pop(0).concept_ids)
            yield line.number, "\t".join([line.article_id, *columns[:4], ids, *columns[5:]])


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
    return [*offsets, mention.text.translate(_BREAKS), mention.label, join_ids(mention.concept_ids)]


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
