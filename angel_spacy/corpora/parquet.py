"""Parquet: a row an article, its mentions a list of structs. Needs pyarrow (extra `kb`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from operator import index
from pathlib import Path
from typing import Any

from ..errors import MissingExtraError
from ..files import whole
from ..records import Article, Candidate, LinkedArticle, LinkedMention, Mention, Section
from .files import MentionError, OnError, Reporter
from .fragments import are_fragments, fragments_of
from .sinks import Put
from .title import lost

_ROWS = 1000  # articles in a group
_TEXTS = ("title", "abstract", "text")
_ODD = (TypeError, KeyError, ValueError, AttributeError, OverflowError)  # what values of other kinds raise

EXTRA = 'Parquet is read and written by pyarrow: pip install "angel-spacy[kb]"'


def read_parquet(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """The articles of `read_linked_parquet`."""
    return (linked.article for linked in read_linked_parquet(path, on_error))


def read_linked_parquet(path: Path, on_error: OnError | None = None) -> Iterator[LinkedArticle]:
    """Articles of a table with `id` (or `pmid`), and `text`, or `title` and `abstract`; `mentions` where there are any.

    Tables of others need no more than that. What cannot be read raises CorpusError, or is reported to `on_error`.
    """
    report = Reporter(Path(path), on_error)
    for record, row in enumerate(_rows(Path(path), report), 1):
        yield from _article(row, record, report)


def _rows(path: Path, report: Reporter) -> Iterator[dict[str, Any]]:
    pa, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_ROWS):
                yield from batch.to_pylist()
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:  # ValueError: texts that are not UTF-8
        report.cut_short(error)


@contextmanager
def parquet_sink(path: Path) -> Iterator[Put]:
    """A file that is written whole, group by group."""
    pa, parquet = _pyarrow()
    columns = schema()
    rows: list[dict[str, Any]] = []
    with whole(path) as fresh, parquet.ParquetWriter(fresh, columns) as writer:

        def flush() -> None:
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=columns))
                rows.clear()

        def put(linked: LinkedArticle) -> Mapping[str, int]:
            rows.append(row_of(linked))
            if len(rows) >= _ROWS:
                flush()
            return {}

        yield put
        flush()


def schema() -> Any:
    """The columns of a table of ours, as pyarrow calls them. Raises MissingExtraError."""
    pa, _ = _pyarrow()
    place = pa.struct([("start", pa.int32()), ("end", pa.int32())])
    section = pa.struct([("name", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
    texts = [(name, pa.string()) for name in ("id", "name", "generated_name")]
    numbers = [(name, pa.float64()) for name in ("probability", "score")]
    candidate = pa.struct([*texts, *numbers, ("types", pa.list_(pa.string()))])
    mention = pa.struct(
        [
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("text", pa.string()),
            ("label", pa.string()),
            ("concept_ids", pa.list_(pa.string())),
            ("fragments", pa.list_(place)),
            ("candidates", pa.list_(candidate)),
            ("nil_reason", pa.string()),
        ]
    )
    fields = {name: pa.string() for name in ("id", "title", "abstract")}
    lists = [("mentions", pa.list_(mention)), ("sections", pa.list_(section))]
    return pa.schema([*fields.items(), *lists, ("error", pa.string())])


def row_of(linked: LinkedArticle) -> dict[str, Any]:
    """A row of it, every field there whatever its value."""
    article = linked.article
    return {
        "id": article.article_id,
        "title": article.title,
        "abstract": article.abstract,
        "mentions": [
            {
                "start": one.mention.start,
                "end": one.mention.end,
                "text": one.mention.text,
                "label": one.mention.label,
                "concept_ids": list(one.mention.concept_ids),
                "fragments": [{"start": start, "end": end} for start, end in one.mention.fragments],
                "candidates": [
                    {
                        "id": best.concept_id,
                        "name": best.name,
                        "generated_name": best.generated_name,
                        "probability": best.probability,
                        "score": best.score,
                        "types": list(best.types),
                    }
                    for best in one.candidates
                ],
                "nil_reason": one.nil_reason,
            }
            for one in linked.mentions
        ],
        "sections": [{"name": one.name, "start": one.start, "end": one.end} for one in article.sections],
        "error": linked.error,
    }


def _article(row: dict[str, Any], record: int, report: Reporter) -> Iterator[LinkedArticle]:
    key = row.get("id") if row.get("id") is not None else row.get("pmid")
    if isinstance(key, float) and key.is_integer():
        key = int(key)  # what pandas makes of a column of numbers with gaps
    odd = next((name for name in _TEXTS if not isinstance(row.get(name), str | None)), None)
    if odd:
        report(f"expected text under `{odd}`, found {row[odd]!r:.60}; convert the column", record=record)
        return
    title, abstract, text = (row.get(name) or "" for name in _TEXTS)
    article = Article(str(key or ""), "", text) if text else Article(str(key or ""), title, abstract)
    if key is None or not article.text:
        report("expected an `id`, and a `text` or `title` and `abstract`; complete the row", record=record)
        return
    if name := lost(article.text, row):
        problem = f"article {key}: its {name} is not in its `text`, which is the whole; write `title` and `abstract`"
        report(problem, record=record)
        return
    try:
        sections = tuple(Section(str(one["name"]), one["start"], one["end"]) for one in row.get("sections") or ())
        if not all(0 <= one.start <= one.end <= len(article.text) for one in sections):
            raise ValueError("one is not inside the text")
    except _ODD as error:
        report(f"article {key}: its sections cannot be read ({error!r}); correct them", record=record)
        return
    mentions = tuple(_mentions(row.get("mentions"), article, record, report))
    yield LinkedArticle(replace(article, sections=sections), mentions, str(row.get("error") or ""))


def _mentions(rows: Any, article: Article, record: int, report: Reporter) -> Iterator[LinkedMention]:
    key, size = article.article_id, len(article.text)
    for row in rows if isinstance(rows, list) else ():
        try:
            mention = _mention(row, article.text)
            candidates = tuple(map(_candidate, row.get("candidates") or ()))
        except _ODD as error:
            problem = f"article {key}: this is no mention of ours ({error!r}); rename the column"
            report(problem, record=record, kind=MentionError)
            break
        is_inside = mention.start < mention.end <= size
        if not is_inside or not are_fragments(mention.fragments, mention.start, mention.end):
            problem = f"article {key}: mention {mention.start}-{mention.end} is not inside the text; correct it"
            report(problem, record=record, kind=MentionError)
            continue
        yield LinkedMention(mention, candidates, str(row.get("nil_reason") or ""))


def _mention(row: dict[str, Any], text: str) -> Mention:
    start, end = max(0, index(row["start"])), index(row["end"])
    places = fragments_of((index(part["start"]), index(part["end"])) for part in row.get("fragments") or ())
    ids = tuple(map(str, row.get("concept_ids") or ()))
    return Mention(text[start:end], start, end, str(row.get("label") or ""), ids, places)


def _candidate(row: dict[str, Any]) -> Candidate:
    name = str(row.get("name") or "")
    numbers = float(row.get("probability") or 0), float(row.get("score") or 0)
    types = tuple(map(str, row.get("types") or ()))
    return Candidate(str(row["id"]), name, str(row.get("generated_name") or name), *numbers, types)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(EXTRA) from error
    return pyarrow, parquet
