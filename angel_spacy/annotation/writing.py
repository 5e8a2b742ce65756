"""Articles with their links as a file or a folder, in the format that its name says."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ..corpora.files import OnError
from ..corpora.formats import format_to_write
from ..corpora.losses import losses
from ..corpora.pubtator import with_ids
from ..errors import CorpusError
from ..files import open_packed, whole
from ..records import Article, LinkedArticle


class ArticleError(CorpusError):
    """What is wrong with one article."""

    def __init__(self, article_id: str, problem: str) -> None:
        super().__init__(problem)
        self.article_id = article_id


class NothingHeldError(CorpusError):
    """No article is of a kind that the format can hold."""


@dataclass(slots=True)
class Tally:
    """What was written, and what the format could not hold."""

    articles: int = 0
    failed: int = 0
    mentions: int = 0
    linked: int = 0
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, linked: LinkedArticle) -> None:
        """Counts one more article."""
        self.articles += 1
        self.failed += bool(linked.error)
        self.mentions += len(linked.mentions)
        self.linked += sum(bool(mention.concept_ids) for mention in linked.article.mentions)


def write_annotations(
    annotated: Iterable[LinkedArticle],
    path: Path,
    on_error: OnError | None = None,
    *,
    format: str | None = None,  # noqa: A002 the word that users of a command line expect
) -> Tally:
    """Writes the named format or the one of the path's suffix, `.gz` too, and counts what it wrote.

    An article that could not be processed is written without mentions (JSONL says why under `error`), and one that the
    format cannot hold is left out; both raise CorpusError, or are reported to `on_error`. What is there stays until all
    is written, and where there is no article to write.
    """
    form = format_to_write(path, format)
    assert form.sink
    tally = Tally()
    path.parent.mkdir(parents=True, exist_ok=True)  # what fails is to fail before the work is done
    annotated = iter(annotated)
    first = next(annotated, None)
    if first is None:
        return tally
    with form.sink(path) as put:
        for linked in chain([first], annotated):
            problems = _problems_of(linked)
            try:
                tally.lost += Counter(put(linked))
                tally.lost += losses(linked, form.keeps)
                tally.add(linked)
            except CorpusError as error:
                remedy = f"{error}, or write JSONL; it is left out"
                problems.append(ArticleError(linked.article.article_id, remedy))
            for problem in problems:
                if on_error is None:
                    raise problem
                on_error(problem)
        if not tally.articles:
            raise NothingHeldError(f"{path}: there is no article that this format can hold; what was there stays.")
    return tally


def write_ids(linked: Iterable[LinkedArticle], source: Path, target: Path) -> Tally:
    """Writes a PubTator file again with other ids, all else as it stands; see `corpora.pubtator.with_ids`."""
    tally = Tally()

    def counted() -> Iterator[Article]:
        for one in linked:
            tally.add(one)
            yield one.article

    with whole(target) as fresh, open_packed(fresh) as file:
        for line in with_ids(source, counted()):
            file.write(line)
    return tally


def _problems_of(linked: LinkedArticle) -> list[ArticleError]:
    article_id = linked.article.article_id
    told = f"article {article_id}: {linked.error}; it is written without mentions"
    return [ArticleError(article_id, told)] if linked.error else []
