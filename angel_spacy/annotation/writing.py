"""Articles with their links as a file: JSONL or PubTator, as its name says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..corpora.files import OnError
from ..corpora.formats import Writer, writer_of
from ..errors import CorpusError
from ..files import open_output
from ..records import LinkedArticle


@dataclass(slots=True)
class Tally:
    """What was written."""

    articles: int = 0
    failed: int = 0
    mentions: int = 0
    linked: int = 0

    def add(self, linked: LinkedArticle) -> None:
        """Counts one more article."""
        self.articles += 1
        self.failed += bool(linked.error)
        self.mentions += len(linked.mentions)
        self.linked += sum(bool(mention.concept_ids) for mention in linked.article.mentions)


def write_annotations(annotated: Iterable[LinkedArticle], path: Path, on_error: OnError | None = None) -> Tally:
    """Writes JSONL or PubTator as the path's suffix says, `.gz` too, and counts what it wrote.

    An article that could not be processed is written without mentions (JSONL says why under `error`), and one whose id
    PubTator cannot hold is left out; both raise CorpusError, or are reported to `on_error`. What is written has its
    name with `.part` at the end until it is complete.
    """
    form = writer_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    with open_output(path) as file:
        for linked in annotated:
            tally.add(linked)
            for problem in _written(linked, form, file.write):
                if on_error is None:
                    raise problem
                on_error(problem)
    return tally


def _written(linked: LinkedArticle, form: Writer, write: Callable[[str], Any]) -> list[CorpusError]:
    """Writes one article; gives what is wrong with it."""
    name = f"article {linked.article.article_id}"
    problems = [CorpusError(f"{name}: {linked.error}; it is written without mentions")] if linked.error else []
    try:
        write(form(linked))
    except CorpusError as error:
        problems.append(CorpusError(f"{error}, or write JSONL; it is left out"))
    return problems
