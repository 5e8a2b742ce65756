"""Parquet: a row an article, its mentions a list of structs. Needs pyarrow (extra `kb`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import MissingExtraError
from ..files import whole
from ..records import Article, LinkedArticle, Mention, Section
from .files import OnError, Reporter
from .sinks import Put

_ROWS = 1000  # articles in a group

EXTRA = 'Parquet is read and written by pyarrow: pip install "angel-spacy[kb]"'


def read_parquet(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles of a table with `id` (or `pmid`), and `text`, or `title` and `abstract`; `mentions` where there are any.

    Tables of others need no more than that. What cannot be read raises CorpusError, or is reported to `on_error`.
    """
    pa, parquet = _pyarrow()
    report = Reporter(Path(path), on_error)
    try:
        with parquet.ParquetFile(path) as file:
            record = 0
            for batch in file.iter_batches(batch_size=_ROWS):
                for row in batch.to_pylist():
                    record += 1
                    yield from _article(row, record, report)
    except (OSError, pa.ArrowException) as error:
        report.cut_short(error)


@contextmanager
def parquet_sink(path: Path) -> Iterator[Put]:
    """A file that is written whole, group by group."""
    pa, parquet = _pyarrow()
    schema = _schema(pa)
    rows: list[dict[str, Any]] = []
    with whole(path) as fresh, parquet.ParquetWriter(fresh, schema) as writer:

        def flush() -> None:
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                rows.clear()

        def put(linked: LinkedArticle) -> None:
            rows.append(_row(linked))
            if len(rows) >= _ROWS:
                flush()

        yield put
        flush()


def _schema(pa: Any) -> Any:
    place = pa.struct([("start", pa.int32()), ("end", pa.int32())])
    section = pa.struct([("name", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
    candidate = pa.struct([("id", pa.string()), ("name", pa.string()), ("probability", pa.float64())])
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
    return pa.schema([*fields.items(), ("mentions", pa.list_(mention)), ("sections", pa.list_(section))])


def _row(linked: LinkedArticle) -> dict[str, Any]:
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
                    {"id": best.concept_id, "name": best.name, "probability": best.probability}
                    for best in one.candidates
                ],
                "nil_reason": one.nil_reason,
            }
            for one in linked.mentions
        ],
        "sections": [{"name": one.name, "start": one.start, "end": one.end} for one in article.sections],
    }


def _article(row: dict[str, Any], record: int, report: Reporter) -> Iterator[Article]:
    key = row.get("id") if row.get("id") is not None else row.get("pmid")
    title, abstract = str(row.get("title") or ""), str(row.get("abstract") or row.get("text") or "")
    article = Article(str(key or ""), title, abstract)
    if key is None or not article.text:
        report("expected an `id`, and a `text` or `title` and `abstract`; complete the row", record=record)
        return
    text = article.text
    mentions = []
    for one in row.get("mentions") or ():
        start, end = one["start"], one["end"]
        places = tuple((part["start"], part["end"]) for part in one.get("fragments") or ())
        if not 0 <= start < end <= len(text):
            report(f"article {key}: mention {start}-{end} is not inside the text; correct it", record=record)
            continue
        ids = tuple(one.get("concept_ids") or ())
        mentions.append(Mention(text[start:end], start, end, one.get("label") or "", ids, places))
    sections = tuple(Section(one["name"], one["start"], one["end"]) for one in row.get("sections") or ())
    yield Article(article.article_id, title, abstract, tuple(mentions), sections)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(EXTRA) from error
    return pyarrow, parquet
