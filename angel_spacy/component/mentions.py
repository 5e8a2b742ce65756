"""A Doc -> the mentions to link and the wordings to try for each. Reads Docs, writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from spacy.tokens import Doc, Span

from ..candidates.source import Request
from .settings import Settings


def spans_to_link(doc: Doc, spans_key: str | None, labels: Iterable[str] | None) -> list[Span]:
    """The entities of a Doc, or of `doc.spans[spans_key]`, that carry one of the labels (None: any)."""
    spans = doc.ents if spans_key is None else doc.spans.get(spans_key, ())
    wanted = None if labels is None else set(labels)
    return [span for span in spans if wanted is None or span.label_ in wanted]


def requests(doc: Doc, offsets: Iterable[tuple[int, int]], settings: Settings) -> list[Request]:
    """One request for each (start, end) in characters; abbreviations that the document defines are tried in both
    wordings, where the settings say so."""
    text = doc.text
    long_forms = _long_forms(doc) if settings.abbreviations else {}
    return [_request(text, start, end, long_forms) for start, end in offsets]


def _request(text: str, start: int, end: int, long_forms: Mapping[str, str]) -> Request:
    if not 0 <= start <= end <= len(text):
        return Request(text, start, end, ())
    short = text[start:end]
    surfaces = tuple(dict.fromkeys((short, _expanded(short, long_forms))))
    return Request(text, start, end, surfaces, group=short if len(surfaces) > 1 else "")


def _expanded(mention: str, long_forms: Mapping[str, str]) -> str:
    """The mention with each abbreviated word written out."""
    if mention in long_forms:
        return long_forms[mention]
    if not long_forms:
        return mention
    return re.sub(r"[^\s()\[\],;/]+", lambda word: long_forms.get(word[0], word[0]), mention)


def _long_forms(doc: Doc) -> dict[str, str]:
    """Short form -> long form, as scispaCy's detector left them (spans, or dicts when made serialisable)."""
    if not Doc.has_extension("abbreviations"):
        return {}
    found = dict(map(_short_and_long, doc._.abbreviations))
    return {short: long for short, long in found.items() if long and long != short}


def _short_and_long(abbreviation: Span | Mapping[str, Any]) -> tuple[str, str]:
    if isinstance(abbreviation, Span):
        return abbreviation.text, abbreviation._.long_form.text
    return abbreviation["short_text"], abbreviation["long_text"]
