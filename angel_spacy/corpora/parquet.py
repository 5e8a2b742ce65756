"""Parquet: a row an article, its mentions a list of structs. Needs pyarrow (extra `kb`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import MissingExtraError
from ..files import whole
from ..records import Article, Candidate, LinkedArticle, LinkedMention, Mention, Section
from .files import MentionError, OnError, Reporter
from .sinks import Put

_ROWS = 1000  # articles in a group

EXTRA = 'Parquet is read and written by pyarrow: pip install "angel-spacy[kb]"'


def read_parquet(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """The articles of `read_linked_parquet`."""
    return (linked.article for linked in read_linked_parquet(path, on_error))


def read_linked_parquet(path: Path, on_error: OnError | None = None) -> Iterator[LinkedArticle]:
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

        def put(linked: LinkedArticle) -> Mapping[str, int]:
            rows.append(_row(linked))
            if len(rows) >= _ROWS:
                flush()
            return {}

        yield put
        flush()


def _schema(pa: Any) -> Any:
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
    title, abstract = str(row.get("title") or ""), str(row.get("abstract") or row.get("text") or "")
    article = Article(str(key or ""), title, abstract)
    if key is None or not article.text:
        report("expected an `id`, and a `text` or `title` and `abstract`; complete the row", record=record)
        return
    text = article.text
    mentions = []
    given = row.get("mentions")
    for one in given if isinstance(given, list) else ():
        try:
            start, end = one["start"], one["end"]
            places = tuple((part["start"], part["end"]) for part in one.get("fragments") or ())
            is_inside = 0 <= start < end <= len(text)
        except (TypeError, KeyError, AttributeError) as error:
            problem = f"article {key}: this is no mention of ours ({error!r}); rename the column"
            report(problem, record=record, kind=MentionError)
            break
        if not is_inside:
            problem = f"article {key}: mention {start}-{end} is not inside the text; correct it"
            report(problem, record=record, kind=MentionError)
            continue
        ids = tuple(one.get("concept_ids") or ())
        mention = Mention(text[start:end], start, end, one.get("label") or "", ids, places)
        candidates = tuple(map(_candidate, one.get("candidates") or ()))
        mentions.append(LinkedMention(mention, candidates, one.get("nil_reason") or ""))
    sections = tuple(Section(one["name"], one["start"], one["end"]) for one in row.get("sections") or ())
    whole_article = Article(article.article_id, title, abstract, (), sections)
    yield LinkedArticle(whole_article, tuple(mentions), row.get("error") or "")


def _candidate(row: dict[str, Any]) -> Candidate:
    name = row.get("name") or ""
    numbers = row.get("probability") or 0.0, row.get("score") or 0.0
    return Candidate(row["id"], name, row.get("generated_name") or name, *numbers, tuple(row.get("types") or ()))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(EXTRA) from error
    return pyarrow, parquet
