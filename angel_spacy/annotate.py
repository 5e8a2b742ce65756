"""Articles through a pipeline: each comes out once, in order, with its links or with what went wrong."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import ignore_error, raise_error

from .corpora.files import OnError, open_output
from .corpora.jsonl import article_to_json, mention_to_json
from .corpora.pubtator import pubtator_block
from .errors import ConfigError, CorpusError
from .extensions import register_extensions
from .records import Article, Candidate, Mention

Waiting = deque[tuple[int, Article]]


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


def annotate(
    nlp: Language,
    articles: Iterable[Article],
    *,
    spans_key: str | None = None,
    batch_size: int = 32,
    n_process: int = 1,
) -> Iterator[Annotation]:
    """Every article with the links that `nlp` finds, as a stream; only what is being worked on is in memory.

    An article that does not come out of the stream (a component failed on it or on its batch, or it is longer than
    `nlp.max_length`) is tried once more alone, and when that fails too comes out with an `error`.
    """
    register_extensions()
    waiting: Waiting = deque()
    with _error_handler(nlp, ignore_error):
        stream = _texts(articles, waiting, nlp.max_length)
        for doc, number in nlp.pipe(stream, as_tuples=True, batch_size=batch_size, n_process=n_process):
            while waiting[0][0] != number:
                yield _alone(nlp, waiting.popleft()[1], spans_key)
            yield _annotation(doc, waiting.popleft()[1], spans_key)
        while waiting:
            yield _alone(nlp, waiting.popleft()[1], spans_key)


def write_annotations(annotations: Iterable[Annotation], path: Path, on_error: OnError | None = None) -> Tally:
    """Writes JSONL or PubTator as the path's suffix says, `.gz` too, and counts what it wrote.

    An article that could not be processed is written without mentions (JSONL says why under `error`), and one whose id
    PubTator cannot hold is left out; both raise CorpusError, or are reported to `on_error`.
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


def _texts(articles: Iterable[Article], waiting: Waiting, max_length: int) -> Iterator[tuple[str, int]]:
    for number, article in enumerate(articles):
        waiting.append((number, article))
        if len(article.text) <= max_length:
            yield article.text, number


def _alone(nlp: Language, article: Article, spans_key: str | None) -> Annotation:
    try:
        with _error_handler(nlp, raise_error):
            return _annotation(nlp(article.text), article, spans_key)
    except Exception as error:  # whatever it is, it becomes part of the output
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Annotation(replace(article, mentions=()), error=reason)


@contextmanager
def _error_handler(nlp: Language, handler: Callable[..., None]) -> Iterator[None]:
    before = nlp.default_error_handler
    nlp.set_error_handler(handler)
    try:
        yield
    finally:
        nlp.set_error_handler(before)


def _annotation(doc: Doc, article: Article, spans_key: str | None) -> Annotation:
    spans = list(doc.ents if spans_key is None else doc.spans.get(spans_key, ()))
    return Annotation(
        replace(article, mentions=tuple(map(_mention, spans))),
        candidates=tuple(tuple(span._.kb_candidates) for span in spans),
        nil_reasons=tuple(map(_nil_reason, spans)),
    )


def _mention(span: Span) -> Mention:
    concept_ids = (span._.kb_id,) if span._.kb_id else ()
    return Mention(span.text, span.start_char, span.end_char, span.label_, concept_ids)


def _nil_reason(span: Span) -> str:
    if span._.kb_id:
        return ""
    return span._.kb_nil_reason or f"the linker does not link {span.label_}"


def _written(annotation: Annotation, line: Callable[[Annotation], str], write: Callable[[str], Any]) -> list[CorpusError]:
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
