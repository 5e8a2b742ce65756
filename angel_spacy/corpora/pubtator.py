"""PubTator: `id|t|title`, `id|a|abstract`, then tab-separated mentions; offsets in both joined by a space."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import CorpusError
from ..files import open_output
from ..kb.identifiers import split_ids
from ..records import Article, Mention
from .files import OnError, Reporter, numbered_lines
from .ids import join_ids

_TITLE = re.compile(r"([^|\t]+)\|t\|(.*)", re.DOTALL)
_ABSTRACT = re.compile(r"([^|\t]+)\|a\|(.*)", re.DOTALL)
_BREAKS = str.maketrans("\t\n\r", "   ")  # one space for each, so that offsets hold

Lines = list[tuple[int, str]]


def read_pubtator(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles with their mentions. Relation lines and columns after the id are skipped.

    A broken article, or a mention that does not match its text, raises `CorpusError`; with `on_error` it is
    reported and left out, and reading goes on.
    """
    report = Reporter(Path(path), on_error)
    for record, lines in enumerate(_blocks(numbered_lines(Path(path), report)), 1):
        article = _article(lines, record, report)
        if article is not None:
            yield article


def write_pubtator(articles: Iterable[Article], path: Path) -> int:
    """Number of articles written; tabs and line breaks inside a text become spaces."""
    n_articles = 0
    with open_output(Path(path)) as file:
        for article in articles:
            file.write(pubtator_block(article))
            n_articles += 1
    return n_articles


def pubtator_block(article: Article) -> str:
    """One article as PubTator lines, ended by an empty line."""
    key = article.article_id
    if not re.fullmatch(r"[^|\s]+", key):
        raise CorpusError(f"article id {key!r}: PubTator ids are one word without `|`; rename the article")
    rows = [f"{key}|t|{article.title.translate(_BREAKS)}", f"{key}|a|{article.abstract.translate(_BREAKS)}"]
    shift = _shift(article.title, article.abstract)
    rows += ("\t".join([key, *_columns(mention, shift)]) for mention in article.mentions)
    return "\n".join(rows) + "\n\n"


def _columns(mention: Mention, shift: int) -> list[str]:
    offsets = [str(mention.start + shift), str(mention.end + shift)]
    return [*offsets, mention.text.translate(_BREAKS), mention.label, join_ids(mention.concept_ids)]


def _shift(title: str, abstract: str) -> int:
    """PubTator counts a space after an empty title too; `Article.text` has none there."""
    return 1 if abstract and not title else 0


def _blocks(lines: Iterator[tuple[int, str]]) -> Iterator[Lines]:
    """The lines of one article at a time: an empty line or the next title ends it."""
    block: Lines = []
    for number, line in lines:
        if block and (not line.strip() or _TITLE.fullmatch(line)):
            yield block
            block = []
        if line.strip():
            block.append((number, line))
    if block:
        yield block


def _article(lines: Lines, record: int, report: Reporter) -> Article | None:
    title = _TITLE.fullmatch(lines[0][1])
    abstract = _ABSTRACT.fullmatch(lines[1][1]) if len(lines) > 1 else None
    if title is None or abstract is None or title[1] != abstract[1]:
        problem = "expected `id|t|title` and then `id|a|abstract` of the same id; complete or delete this article"
        report(problem, record=record, line=lines[0][0])
        return None
    article = Article(title[1], title[2], abstract[2])
    return replace(article, mentions=tuple(_mentions(article, lines[2:], record, report)))


def _mentions(article: Article, lines: Lines, record: int, report: Reporter) -> Iterator[Mention]:
    for number, line in lines:
        columns = line.split("\t")
        if columns[0] == article.article_id and _is_relation(columns):
            continue
        mention = _mention(article, columns)
        if isinstance(mention, Mention):
            yield mention
        else:
            report(f"article {article.article_id}: {mention}", record=record, line=number)


def _is_relation(columns: list[str]) -> bool:
    """`id, CID, concept, concept`: where a mention has its start, a relation has its type."""
    return len(columns) > 3 and columns[1][:1].isalpha()


def _mention(article: Article, columns: list[str]) -> Mention | str:
    """The mention of one line, or what is wrong with the line."""
    if columns[0] != article.article_id or len(columns) < 5:
        return "expected `id, start, end, text, label, concept ids` between tabs; correct or delete the line"
    if not all(re.fullmatch("[0-9]+", column) for column in columns[1:3]):
        return f"expected two offsets, found {columns[1]!r} and {columns[2]!r}; correct or delete the line"
    shift = _shift(article.title, article.abstract)
    start, end = int(columns[1]) - shift, int(columns[2]) - shift
    found = article.text[max(start, 0) : max(end, 0)]
    if not found or found.strip() != columns[3].strip():
        return f"expected {columns[3]!r} at {columns[1]}-{columns[2]}, the text has {found!r}; correct the offsets"
    return Mention(found, start, end, columns[4], split_ids("".join(columns[5:6])))
