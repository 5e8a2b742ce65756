"""Label Studio's JSON: tasks with a text and labelled regions; a concept stands in a region's own text or its notes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..files import UNREADABLE, read_whole
from ..kb.identifiers import split_ids
from ..records import Article, LinkedArticle, Mention
from .files import MentionError, OnError, Reporter, json_of
from .title import parted

_TEXT, _LABELS, _CONCEPT = "text", "label", "concept"
HEAD, BETWEEN, TAIL = "[\n", ",\n", "\n]\n"


def read_label_studio(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each task, with the regions of its first annotation, or of its first prediction.

    Ids are what a text area or a taxonomy says of a region, or what its notes (`meta.text`) hold. What cannot be read
    raises CorpusError, or is reported to `on_error` and left out.
    """
    report = Reporter(Path(path), on_error)
    try:
        tasks = json_of(read_whole(path))
    except UNREADABLE as error:
        report.cut_short(error)
        return
    except (ValueError, RecursionError) as error:
        report(f"expected Label Studio's JSON ({error}); export it again")
        return
    for record, task in enumerate(tasks if isinstance(tasks, list) else [tasks], 1):
        data = task.get("data") if isinstance(task, dict) else None
        data = data if isinstance(data, dict) else {}
        texts = [data[name] for name in (_TEXT, "abstract", "body") if isinstance(data.get(name), str)]
        texts = texts or [value for value in data.values() if isinstance(value, str)]
        if not texts:
            report("expected a task with `data` and a text in it; correct or delete it", record=record)
            continue
        article_id = str(data.get("article_id") or data.get("pmid") or task.get("id") or record)
        parts = parted(texts[0], data.get("title_end", 0))
        yield Article(article_id, *parts, tuple(_mentions(task, texts[0], record, report)))


def label_studio_task(linked: LinkedArticle) -> str:
    """One task of a list, with an annotation."""
    article = linked.article
    data = {_TEXT: article.text, "article_id": article.article_id}
    if article.title and article.abstract:
        data["title_end"] = len(article.title)  # type: ignore[assignment]
    result = [_region(str(number), one.mention) for number, one in enumerate(linked.mentions, 1)]
    return json.dumps({"data": data, "annotations": [{"result": result}]}, ensure_ascii=False)


def _region(key: str, mention: Mention) -> dict[str, Any]:
    value = {"start": mention.start, "end": mention.end, "text": mention.text, "labels": [mention.label or "Entity"]}
    meta = {"meta": {"text": list(mention.concept_ids)}} if mention.concept_ids else {}
    return {"id": key, "from_name": _LABELS, "to_name": _TEXT, "type": "labels", "value": value, **meta}


def _mentions(task: dict[str, Any], text: str, record: int, report: Reporter) -> Iterator[Mention]:
    done = task.get("annotations") or task.get("completions") or task.get("predictions") or []
    try:
        rows = [row for row in (done[0]["result"] if done else []) if isinstance(row.get("value"), dict)]
        ids: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            ids[str(row.get("id"))] += _ids(row)
        regions = [row for row in rows if "start" in row["value"] and _labels(row)]
    except (TypeError, KeyError, AttributeError) as error:
        report(f"the regions of a task cannot be read ({error!r}); correct them", record=record, kind=MentionError)
        return
    for row in regions:
        value = row["value"]
        start, end = value["start"], value.get("end")
        inside = type(start) is int and type(end) is int and 0 <= start < end <= len(text)
        if not inside or value.get("text", text[start:end]) != text[start:end]:
            problem = f"region {start!r}-{end!r} ({value.get('text')!r:.60}) is not what the text has; correct it"
            report(problem, record=record, kind=MentionError)
            continue
        found = tuple(dict.fromkeys(ids[str(row.get("id"))]))
        yield Mention(text[start:end], start, end, _labels(row)[0], found)


def _labels(row: dict[str, Any]) -> list[str]:
    value = row["value"]
    found: Iterable[Any] = next((value[name] for name in ("labels", "hypertextlabels") if value.get(name)), [])
    return list(map(str, found))


def _ids(row: dict[str, Any]) -> list[str]:
    """What a row says about the concept of its region."""
    value, noted = row["value"], (row.get("meta") or {}).get("text") or []
    said = value.get("taxonomy") or ([] if _labels(row) else value.get("text") or value.get("choices") or [])
    said = list(split_ids(said)) if isinstance(said, str) else said
    noted = list(split_ids(noted)) if isinstance(noted, str) else noted
    found = (one[-1] if isinstance(one, list) and one else one for one in (*said, *noted))
    return [one.strip() for one in found if isinstance(one, str) and one.strip()]
