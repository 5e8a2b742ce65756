"""JSON lines: articles in, articles with ranked concepts out and in again."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import CorpusError
from ..files import open_output
from ..records import Article, Candidate, Mention
from .files import OnError, Reporter, numbered_lines
from .ids import join_ids

Json = dict[str, Any]
Candidates = tuple[Candidate, ...]
Linked = tuple[Mention, Candidates]

_FIELDS = '`{"id", "title", "abstract"}` or `{"id", "text"}`'
_TEXTS = {"title", "abstract", "text"}
_SURROGATE = re.compile("[\ud800-\udfff]")


class _BrokenError(CorpusError):
    """What is wrong with one record, ended by the remedy."""


def read_jsonl(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles from `{"id", "title", "abstract"}` or `{"id", "text"}` lines, with `mentions` where there are any.

    A number may be an id, `pmid` stands in for an absent `id`, and a title or an abstract may be null or absent.
    A broken record, or a mention outside its text, raises `CorpusError`; with `on_error` it is reported and left
    out, and reading goes on.
    """
    for article, _ in read_linked(path, on_error):
        yield article


def read_linked(path: Path, on_error: OnError | None = None) -> Iterator[tuple[Article, tuple[Candidates, ...]]]:
    """Articles and, for each of their mentions in order, its ranked candidates: what `article_to_json` wrote."""
    report = Reporter(Path(path), on_error)
    lines = ((number, line) for number, line in numbered_lines(Path(path), report) if line.strip())
    for record, (number, line) in enumerate(lines, 1):
        try:
            article, rows = _article(line)
        except _BrokenError as problem:
            report(str(problem), record=record, line=number)
            continue
        linked = list(_all_linked(rows, article, partial(report, record=record, line=number)))
        mentions = tuple(mention for mention, _ in linked)
        yield replace(article, mentions=mentions), tuple(candidates for _, candidates in linked)


def write_jsonl(records: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Number of objects written, one a line, in the order of their keys."""
    n_records = 0
    with open_output(Path(path)) as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            n_records += 1
    return n_records


def article_to_json(article: Article, links: Sequence[Mapping[str, Any]] | None = None) -> Json:
    """One article as the object of one line; `links` take the place of its mentions when given.

    A link is what `mention_to_json` gives: `start`, `end`, `text`, `label`, `concept_id` (None for NIL),
    `candidates` and, for NIL, `nil_reason`.
    """
    rows = [mention_to_json(mention) for mention in article.mentions] if links is None else [dict(row) for row in links]
    return {"id": article.article_id, "title": article.title, "abstract": article.abstract, "mentions": rows}


def mention_to_json(mention: Mention, candidates: Sequence[Candidate] = (), nil_reason: str = "") -> Json:
    """One mention; its ids joined by bars become `concept_id`, None when it has none."""
    row: Json = {"start": mention.start, "end": mention.end, "text": mention.text, "label": mention.label}
    row["concept_id"] = join_ids(mention.concept_ids) if mention.concept_ids else None
    row["candidates"] = [candidate_to_json(candidate) for candidate in candidates]
    return {**row, "nil_reason": nil_reason} if nil_reason else row


def candidate_to_json(candidate: Candidate) -> Json:
    """One ranked concept as the keys of the output format."""
    return {
        "id": candidate.concept_id,
        "name": candidate.name,
        "generated_name": candidate.generated_name,
        "probability": candidate.probability,
        "score": candidate.score,
        "types": list(candidate.types),
    }


def _article(line: str) -> tuple[Article, list[Any]]:
    """The article of one line without its mentions, and its mentions as they were parsed."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _BrokenError(f"expected one JSON object a line ({error}); correct or delete the line") from None
    if not isinstance(record, dict):
        raise _BrokenError(f"expected an object {_FIELDS}, found {type(record).__name__}; wrap the value")
    rows = record.get("mentions", [])
    if not isinstance(rows, list):
        raise _BrokenError("expected a list under `mentions`; use [] for none")
    if _TEXTS.isdisjoint(record):
        raise _BrokenError(f"there is no text; write {_FIELDS}")
    if "text" in record:
        return Article(_id(record), "", _string(record, "text")), rows
    title, abstract = (_string(record, name, absent="") for name in ("title", "abstract"))
    return Article(_id(record), title, abstract), rows


def _id(record: Mapping[str, Any]) -> str:
    name = "id" if "id" in record or "pmid" not in record else "pmid"
    value = record.get(name)
    return str(value) if type(value) is int else _string(record, name)


def _string(record: Mapping[str, Any], name: str, absent: str | None = None) -> str:
    """A text field; `absent` is its value where it may be absent or null."""
    value = record.get(name, absent)
    if value is None and absent is not None:
        return absent
    if name not in record and absent is None:
        raise _BrokenError(f"the field `{name}` is missing; write {_FIELDS}")
    if not isinstance(value, str):
        raise _BrokenError(f"expected a string under `{name}`, found {value!r:.60}; quote the value")
    if _SURROGATE.search(value):
        raise _BrokenError(f"`{name}` holds half a surrogate pair, which no text may; write the whole character")
    return value


def _all_linked(rows: list[Any], article: Article, report: Callable[[str], None]) -> Iterator[Linked]:
    for row in rows:
        try:
            yield _linked(row, article.text)
        except _BrokenError as problem:
            report(f"article {article.article_id}: {problem}")


def _linked(row: Any, text: str) -> Linked:
    """One mention inside `text` with its candidates."""
    if not isinstance(row, dict):
        raise _BrokenError(f"expected a mention object, found {row!r:.60}; write `start`, `end` and `label`")
    start, end = _offsets(row, text)
    rows = row.get("candidates", [])
    if not isinstance(rows, list):
        raise _BrokenError(f"expected a list under `candidates`, found {rows!r:.60}; use [] for none")
    mention = Mention(text[start:end], start, end, str(row.get("label", "")), _ids(row.get("concept_id")))
    return mention, tuple(_candidate(found) for found in rows)


def _offsets(row: Mapping[str, Any], text: str) -> tuple[int, int]:
    start, end = row.get("start"), row.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        size = len(text)
        raise _BrokenError(f"mention {start!r}-{end!r} is not inside the text of {size} characters; correct it")
    expected, found = row.get("text", text[start:end]), text[start:end]
    if expected != found:
        raise _BrokenError(f"expected {expected!r:.60} at {start}-{end}, the text has {found!r:.60}; correct it")
    return start, end


def _ids(field: Any) -> tuple[str, ...]:
    if field is not None and not isinstance(field, str):
        raise _BrokenError(f"expected a string or null under `concept_id`, found {field!r:.60}; quote the value")
    return tuple(field.split("|")) if field else ()


def _candidate(row: Mapping[str, Any]) -> Candidate:
    try:
        numbers = float(row["probability"]), float(row["score"])
        return Candidate(row["id"], row["name"], row["generated_name"], *numbers, tuple(row["types"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _BrokenError(f"a candidate cannot be read ({error!r}); write the file again with this version") from None
