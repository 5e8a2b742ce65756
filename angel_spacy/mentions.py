"""A Doc -> the mentions to link and the wordings to try for each. Reads Docs, writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spacy.tokens import Doc, Span


@dataclass(frozen=True, slots=True)
class Request:
    """A mention to link: characters `start` to `end` of `text`, in each of the wordings `surfaces`.

    Requests of one document with the same `group` share one link; "" stands alone.
    """

    text: str
    start: int
    end: int
    surfaces: tuple[str, ...]
    group: str = ""


def spans_to_link(doc: Doc, spans_key: str | None, labels: Iterable[str] | None) -> list[Span]:
    """The entities of a Doc, or of `doc.spans[spans_key]`, that carry one of the labels (None: any)."""
    spans = doc.ents if spans_key is None else doc.spans.get(spans_key, ())
    wanted = None if labels is None else set(labels)
    return [span for span in spans if wanted is None or span.label_ in wanted]


def requests(doc: Doc, offsets: Iterable[tuple[int, int]], *, expand: bool) -> list[Request]:
    """One request for each (start, end) in characters; with `expand`, abbreviations that the document defines
    are tried in both wordings."""
    text = doc.text
    long_forms = _long_forms(doc) if expand else {}
    return [_request(text, start, end, long_forms) for start, end in offsets]


def _request(text: str, start: int, end: int, long_forms: Mapping[str, str]) -> Request:
    short = text[start:end]
    expanded = _expanded(short, long_forms)
    if expanded == short:
        return Request(text, start, end, (short,))
    return Request(text, start, end, (short, expanded), group=short)


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
    found = {}
    for abbreviation in doc._.abbreviations:
        if isinstance(abbreviation, Span):
            long_form = abbreviation._.long_form
            found[abbreviation.text] = getattr(long_form, "text", long_form)
        else:
            found[abbreviation["short_text"]] = abbreviation["long_text"]
    return {short: long for short, long in found.items() if long and long != short}
