"""Annotations of Europe PMC, as its annotations API gives them: each with a few words before and behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..files import UNREADABLE, read_whole
from ..records import Article, Mention
from .files import MentionError, OnError, Reporter, json_of


def read_europe_pmc(path: Path, on_error: OnError | None = None) -> Iterator[Article]:
    """An article for each annotation, as the answer has no texts: its words in their surroundings, called
    `PMC123-1`, `PMC123-2` …; labels are types, ids the last parts of the tags' addresses."""
    report = Reporter(Path(path), on_error)
    try:
        content = read_whole(path)
    except UNREADABLE as error:
        report.cut_short(error)
        return
    try:
        found = json_of(content)
    except (ValueError, RecursionError):
        try:
            found = [json_of(line) for line in content.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            report(f"expected JSON of Europe PMC ({error}); fetch it again")
            return
    for record, article in enumerate(found if isinstance(found, list) else [found], 1):
        rows = article.get("annotations") if isinstance(article, dict) else None
        if not isinstance(rows, list):
            report("expected an article with `annotations`; correct or delete it", record=record)
            continue
        key = str(article.get("pmcid") or article.get("extId") or record)
        for number, row in enumerate(rows, 1):
            yield from _article(f"{key}-{number}", row, record, report)


def _article(key: str, row: Any, record: int, report: Reporter) -> Iterator[Article]:
    try:
        before, exact, behind = (str(row.get(name) or "") for name in ("prefix", "exact", "postfix"))
        ids = [_id(str(tag.get("uri") or "")) for tag in row.get("tags") or ()]
    except (TypeError, AttributeError) as error:
        report(f"an annotation cannot be read ({error!r}); delete it", record=record, kind=MentionError)
        return
    if exact.strip():
        end, label = len(before) + len(exact), str(row.get("type") or "")
        mention = Mention(exact, len(before), end, label, tuple(filter(None, ids)))
        yield Article(key, "", before + exact + behind, (mention,))


def _id(address: str) -> str:
    """`UMLS:C0018099` of `http://…/umls/C0018099`, `CHEBI:15377` of `…/CHEBI_15377`."""
    *way, last = address.rstrip("/").replace("#", "/").split("/")
    last = last.replace("_", ":", 1) if ":" not in last else last
    if ":" in last or not way:
        return last
    known = {"taxonomy": "NCBITaxon", "umls": "UMLS", "umls-concept": "UMLS", "uniprot": "UniProt", "mesh": "MESH"}
    prefix = known.get(way[-1].lower(), "")
    return f"{prefix}:{last}" if prefix else last
