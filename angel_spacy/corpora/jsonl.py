"""JSON lines: articles in, articles with ranked concepts out and in again."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import CorpusError
from ..records import Article, Candidate, LinkedArticle, LinkedMention, Mention, Section
from .files import MentionError, OnError, Reporter, check_characters, numbered_lines
from .fragments import are_fragments
from .title import lost

Json = dict[str, Any]

_FIELDS = '`{"id", "title", "abstract"}` or `{"id", "text"}`'
_TEXTS = {"title", "abstract", "text"}


class _BrokenError(CorpusError):
    """What is wrong with one record, ended by the remedy."""


def read_jsonl(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """Articles from `{"id", "title", "abstract"}` or `{"id", "text"}` lines, with `mentions` where there are any.

    A number may be an id, `pmid` stands in for an absent `id`, and a title or an abstract may be null or absent.
    A broken record, or a mention outside its text, raises `CorpusError`; with `on_error` it is reported and left
    out, and reading goes on.
    """
    return (linked.article for linked in read_linked(path, on_error))


def read_linked(path: Path, on_error: OnError | None = None) -> Iterator[LinkedArticle]:
    """The same articles with all that `jsonl_line` wrote: candidates, reasons for NIL, errors."""
    report = Reporter(Path(path), on_error)
    lines = ((number, line) for number, line in numbered_lines(Path(path), report) if line.strip())
    for record, (number, line) in enumerate(lines, 1):
        try:
            yield _linked_article(_record(line), partial(report, record=record, line=number, kind=MentionError))
        except _BrokenError as problem:
            report(str(problem), record=record, line=number)


def jsonl_line(linked: LinkedArticle) -> str:
    """One article as a line, ended by a line break."""
    return json.dumps(record_of(linked), ensure_ascii=False) + "\n"


def record_of(linked: LinkedArticle) -> Json:
    """One article as the object of a line; `error` is there only when there was one."""
    article = linked.article
    record: Json = {"id": article.article_id, "title": article.title, "abstract": article.abstract}
    record["mentions"] = list(map(_mention_to_json, linked.mentions))
    if article.sections:
        record["sections"] = [{"name": one.name, "start": one.start, "end": one.end} for one in article.sections]
    if linked.error:
        record["error"] = linked.error
    return record


def linked_article_of(record: Json) -> LinkedArticle:
    """The article of a line's object. Raises CorpusError for what is broken in it or in one of its mentions."""

    def fail(problem: str) -> None:
        raise CorpusError(problem)

    return _linked_article(record, fail)


def _mention_to_json(linked: LinkedMention) -> Json:
    mention = linked.mention
    return {
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "label": mention.label,
        "concept_ids": list(mention.concept_ids),
        **({"fragments": list(map(list, mention.fragments))} if mention.fragments else {}),
        "candidates": list(map(_candidate_to_json, linked.candidates)),
        **({"nil_reason": linked.nil_reason} if linked.nil_reason else {}),
    }


def _candidate_to_json(candidate: Candidate) -> Json:
    return {
        "id": candidate.concept_id,
        "name": candidate.name,
        "generated_name": candidate.generated_name,
        "probability": candidate.probability,
        "score": candidate.score,
        "types": list(candidate.types),
    }


def _linked_article(record: Json, report: Callable[[str], None]) -> LinkedArticle:
    """The article of one line; mentions that cannot be read are reported and left out."""
    rows = record.get("mentions", [])
    if not isinstance(rows, list):
        raise _BrokenError("expected a list under `mentions`; use [] for none")
    article = _article(record)
    return LinkedArticle(article, tuple(_all_mentions(rows, article, report)), str(record.get("error") or ""))


def _record(line: str) -> Json:
    try:
        record = json.loads(line)
        check_characters(record, line)
    except (ValueError, RecursionError) as error:
        raise _BrokenError(f"expected one JSON object a line ({error}); correct or delete the line") from None
    if not isinstance(record, dict):
        raise _BrokenError(f"expected an object {_FIELDS}, found {type(record).__name__}; wrap the value")
    return record


def _article(record: Json) -> Article:
    """The article without its mentions."""
    if _TEXTS.isdisjoint(record):
        raise _BrokenError(f"there is no text; write {_FIELDS}")
    title, abstract = (_string(record, name, absent="") for name in ("title", "abstract"))
    if record.get("text") not in ("", None) or not record.keys() & {"title", "abstract"}:
        text = _string(record, "text")
        if name := lost(text, record):
            raise _BrokenError(f"its {name} is not in its `text`, which is the whole; write `title` and `abstract`")
        title, abstract = "", text
    article = Article(_id(record), title, abstract)
    return replace(article, sections=_sections(record, len(article.text)))


def _sections(record: Json, size: int) -> tuple[Section, ...]:
    try:
        found = tuple(Section(str(one["name"]), one["start"], one["end"]) for one in record.get("sections") or ())
        if all(_are_offsets(one.start, one.end) and one.end <= size for one in found):
            return found
    except (TypeError, KeyError) as error:
        raise _BrokenError(f"`sections` cannot be read ({error!r}); write name, start and end of each") from None
    raise _BrokenError(f"a section is not inside the text of {size} characters; correct it")


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
    return value


def _all_mentions(rows: list[Any], article: Article, report: Callable[[str], None]) -> Iterator[LinkedMention]:
    for row in rows:
        try:
            yield _linked_mention(row, article.text)
        except _BrokenError as problem:
            report(f"article {article.article_id}: {problem}")


def _linked_mention(row: Any, text: str) -> LinkedMention:
    """One mention inside `text` with its candidates."""
    if not isinstance(row, dict):
        raise _BrokenError(f"expected a mention object, found {row!r:.60}; write `start`, `end` and `label`")
    start, end = _offsets(row, text)
    candidates = row.get("candidates", [])
    if not isinstance(candidates, list):
        raise _BrokenError(f"expected a list under `candidates`, found {candidates!r:.60}; use [] for none")
    mention = Mention(text[start:end], start, end, str(row.get("label") or ""), _ids(row), _fragments(row, start, end))
    return LinkedMention(mention, tuple(map(_candidate, candidates)), str(row.get("nil_reason") or ""))


def _fragments(row: Json, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The parts of a mention that is not in one piece."""
    try:
        parts = tuple((one, other) for one, other in row.get("fragments") or ())
    except (TypeError, ValueError):
        parts = ((None, None),)
    if not all(_are_offsets(one, other) for one, other in parts):
        raise _BrokenError("expected pairs of offsets under `fragments`; write [[0, 4], [9, 12]]")
    if not are_fragments(parts, start, end):
        raise _BrokenError(f"fragments {parts} do not begin at {start} and end at {end}, in order; correct them")
    return parts


def _are_offsets(start: Any, end: Any) -> bool:
    return type(start) is int and type(end) is int and 0 <= start <= end


def _offsets(row: Mapping[str, Any], text: str) -> tuple[int, int]:
    start: Any = row.get("start")
    end: Any = row.get("end")
    if not _are_offsets(start, end) or not start < end <= len(text):
        size = len(text)
        raise _BrokenError(f"mention {start!r}-{end!r} is not inside the text of {size} characters; correct it")
    expected, found = row.get("text", text[start:end]), text[start:end]
    if expected != found:
        raise _BrokenError(f"expected {expected!r:.60} at {start}-{end}, the text has {found!r:.60}; correct it")
    return start, end


def _ids(row: Json) -> tuple[str, ...]:
    """The list under `concept_ids`, or the one id that people write under `concept_id`."""
    if "concept_ids" in row and "concept_id" in row:
        raise _BrokenError("there are `concept_ids` and a `concept_id`; keep one of the two")
    if "concept_ids" not in row:
        concept_id = _string(row, "concept_id", absent="")
        return (concept_id,) if concept_id else ()
    ids = row["concept_ids"]
    if not isinstance(ids, list) or not all(isinstance(one, str) and one for one in ids):
        raise _BrokenError(f"expected a list of strings under `concept_ids`, found {ids!r:.60}; use [] for none")
    return tuple(ids)


def _candidate(row: Mapping[str, Any]) -> Candidate:
    try:
        numbers = float(row["probability"]), float(row["score"])
        types = tuple(row["types"])
        if not all(isinstance(text, str) for text in (row["id"], row["name"], row["generated_name"], *types)):
            raise TypeError("a text is none")
        return Candidate(row["id"], row["name"], row["generated_name"], *numbers, types)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _BrokenError(f"a candidate cannot be read ({error!r}); write the file again with this version") from None
