"""Articles through a pipeline: each comes out once, in order, with its links or with what went wrong."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..component.extensions import register_extensions
from ..corpora.files import OnError
from ..corpora.jsonl import article_to_json, mention_to_json
from ..corpora.pubtator import pubtator_block
from ..errors import ConfigError, CorpusError
from ..files import open_output
from ..records import Article, Candidate, Mention


@dataclass(frozen=True, slots=True)
class Annotation:
    """An article with the mentions that were found; their candidates and reasons for NIL ("" when linked), in order.

    `error` says why an article could not be processed; it has no mentions then.
    """

    article: Article
    candidates: tuple[tuple[Candidate, ...], ...] = ()
    nil_reasons: tuple[str, ...] = ()
    error: str = ""


@dataclass(slots=True)
class Tally:
    """What came out."""

    articles: int = 0
    failed: int = 0
    mentions: int = 0
    linked: int = 0

    def add(self, annotation: Annotation) -> None:
        """Counts one more article."""
        self.articles += 1
        self.failed += bool(annotation.error)
        self.mentions += len(annotation.article.mentions)
        self.linked += sum(bool(mention.concept_ids) for mention in annotation.article.mentions)


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
) -> Iterator[Annotation]:
    """Every article with the links that `nlp` finds, as a stream; only what is being worked on is in memory.

    When a component or a worker process fails, the articles on their way are done again one by one, and those that
    fail alone too come out with an `error`, as do those longer than `nlp.max_length`; then the stream goes on.
    """
    register_extensions()
    source = _Source(articles, nlp.max_length)
    while not source.exhausted:
        yield from _stream(nlp, source, spans_key, batch_size=batch_size, n_process=n_process)
        yield from (_alone(nlp, article, spans_key) for article in source.rest())
    if source.error:
        raise source.error


def write_annotations(annotations: Iterable[Annotation], path: Path, on_error: OnError | None = None) -> Tally:
    """Writes JSONL or PubTator as the path's suffix says, `.gz` too, and counts what it wrote.

    An article that could not be processed is written without mentions (JSONL says why under `error`), and one whose id
    PubTator cannot hold is left out; both raise CorpusError, or are reported to `on_error`. What is written has its
    name with `.part` at the end until it is complete.
    """
    line = _form(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    with open_output(path) as file:
        for annotation in annotations:
            tally.add(annotation)
            for problem in _written(annotation, line, file.write):
                if on_error is None:
                    raise problem
                on_error(problem)
    return tally


def to_json(annotation: Annotation) -> dict[str, Any]:
    """One object of the JSONL output."""
    mentions = annotation.article.mentions
    parts = zip(mentions, annotation.candidates, annotation.nil_reasons, strict=True)
    record = article_to_json(annotation.article, [mention_to_json(*part) for part in parts])
    return {**record, "error": annotation.error} if annotation.error else record


def _stream(nlp: Language, source: _Source, spans_key: str | None, **settings: int) -> Iterator[Annotation]:
    """Annotations until the source ends or the pipeline breaks. One that breaks without any article is no use."""
    try:
        for doc, number in nlp.pipe(source.texts(), as_tuples=True, **settings):
            yield from (_alone(nlp, article, spans_key) for article in source.before(number))
            yield _annotation(doc, source.waiting[0][1], spans_key)
            source.waiting.popleft()
    except Exception:
        if not source.waiting:
            raise


def _alone(nlp: Language, article: Article, spans_key: str | None) -> Annotation:
    try:
        return _annotation(nlp(article.text), article, spans_key)
    except Exception as error:  # whatever it is, it becomes part of the output
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Annotation(replace(article, mentions=()), error=reason)


def _annotation(doc: Doc, article: Article, spans_key: str | None) -> Annotation:
    spans = list(doc.ents if spans_key is None else doc.spans.get(spans_key, ()))
    return Annotation(
        replace(article, mentions=tuple(map(_mention, spans))),
        candidates=tuple(tuple(span._.kb_candidates) for span in spans),
        nil_reasons=tuple(map(_nil_reason, spans)),
    )


def _mention(span: Span) -> Mention:
    return Mention(span.text, span.start_char, span.end_char, span.label_, _concept_ids(span))


def _concept_ids(span: Span) -> tuple[str, ...]:
    """The linker's concept, or the ids that another component gave, bars between them."""
    return tuple(span._.kb_id.split("|")) if span._.kb_id else ()


def _nil_reason(span: Span) -> str:
    return "" if _concept_ids(span) else span._.kb_nil_reason or "the linker did not look at this mention"


def _written(
    annotation: Annotation, line: Callable[[Annotation], str], write: Callable[[str], Any]
) -> list[CorpusError]:
    """Writes one article; gives what is wrong with it."""
    name = f"article {annotation.article.article_id}"
    problems = [CorpusError(f"{name}: {annotation.error}; it is written without mentions")] if annotation.error else []
    try:
        write(line(annotation))
    except CorpusError as error:
        problems.append(CorpusError(f"{error}, or write JSONL; it is left out"))
    return problems


def _form(path: Path) -> Callable[[Annotation], str]:
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    forms = {".jsonl": _json_line, ".pubtator": lambda annotation: pubtator_block(annotation.article)}
    if suffix not in forms:
        raise ConfigError(f"{path}: the format {suffix!r} cannot be written. End the name with .jsonl or .pubtator.")
    return forms[suffix]


def _json_line(annotation: Annotation) -> str:
    return json.dumps(to_json(annotation), ensure_ascii=False) + "\n"
