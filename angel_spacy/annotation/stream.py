"""Articles through a pipeline: each comes out once, in order, with its links or with what went wrong."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from spacy.language import Language

from ..component.extensions import register_extensions
from ..component.linked import linked_mentions
from ..component.long_runs import to_read
from ..component.vocabulary import bounded_vocabulary
from ..errors import ConfigError, in_one_line
from ..records import Article, LinkedArticle

_TOGETHER = 8  # batches between whose texts the vocabulary remembers new words


class _Source:
    """Articles on their way through a pipeline. Those it was given and has not given back yet are `waiting`."""

    def __init__(self, articles: Iterable[Article], max_length: int) -> None:
        self._articles = enumerate(articles)
        self._max_length = max_length
        self.waiting: deque[tuple[int, Article]] = deque()
        self.exhausted = False
        self.error: Exception | None = None

    def texts(self) -> Iterator[tuple[str, int]]:
        """Texts and their numbers; too long ones wait at once. An error of the source itself ends the stream."""
        try:
            for number, article in self._articles:
                self.waiting.append((number, article))
                if len(article.text) <= self._max_length:
                    yield article.text, number
        except Exception as error:  # raised by `annotate` when all articles before it are done
            self.error = error
        self.exhausted = True

    def before(self, number: int) -> Iterator[Article]:
        """The waiting articles that should have come before this one."""
        while self.waiting[0][0] != number:
            yield self.waiting.popleft()[1]

    def rest(self) -> Iterator[Article]:
        """All that wait."""
        while self.waiting:
            yield self.waiting.popleft()[1]


def annotate(
    nlp: Language,
    articles: Iterable[Article],
    *,
    spans_key: str | None = None,
    batch_size: int = 32,
    n_process: int = 1,
) -> Iterator[LinkedArticle]:
    """Every article with the links that `nlp` finds, as a stream; only what is being worked on is in memory.

    When a component or a worker process fails, the articles on their way are done again one by one, and those that
    fail alone too come out with an `error`, as do those longer than `nlp.max_length`; then the stream goes on.
    """
    if batch_size < 1:
        raise ConfigError(f"batch_size is {batch_size}: use 1 or more.")
    register_extensions()
    source = _Source(articles, nlp.max_length)
    settings = {"batch_size": batch_size, "n_process": n_process}
    while not source.exhausted:
        if n_process != 1:  # whose vocabularies are in other processes
            yield from _done(nlp, source, spans_key, None, settings)
            continue
        with bounded_vocabulary(nlp):
            done = list(_done(nlp, source, spans_key, _TOGETHER * batch_size, settings))
        yield from done
    if source.error:
        raise source.error


def _done(
    nlp: Language, source: _Source, spans_key: str | None, n: int | None, settings: Mapping[str, int]
) -> Iterator[LinkedArticle]:
    """The next `n` articles, or all."""
    yield from _stream(nlp, source, spans_key, n, settings)
    yield from (_alone(nlp, article, spans_key) for article in source.rest())


def _stream(
    nlp: Language, source: _Source, spans_key: str | None, n: int | None, settings: Mapping[str, int]
) -> Iterator[LinkedArticle]:
    """Articles until those are done or the pipeline breaks. One that breaks without any article is no use."""
    try:
        texts = ((to_read(nlp, text), number) for text, number in islice(source.texts(), n))
        for doc, number in nlp.pipe(texts, as_tuples=True, **settings):
            yield from (_alone(nlp, article, spans_key) for article in source.before(number))
            yield LinkedArticle(source.waiting[0][1], linked_mentions(doc, spans_key))
            source.waiting.popleft()
    except Exception:
        if not source.waiting:
            raise


def _alone(nlp: Language, article: Article, spans_key: str | None) -> LinkedArticle:
    try:
        return LinkedArticle(article, linked_mentions(nlp(to_read(nlp, article.text)), spans_key))
    except Exception as error:  # whatever it is, it becomes part of the output
        return LinkedArticle(article, error=in_one_line(error))
