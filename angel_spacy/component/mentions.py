"""A Doc -> the mentions to link and the wordings to try for each. Reads Docs, writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from spacy.tokens import Doc, Span

from ..candidates.source import Request
from .abbreviations import beside, completes, defines, long_form, may_be_short
from .composites import readings
from .settings import Settings

Place = tuple[int, int, str]

_WORD = re.compile(r"[^\s()\[\],;/]+")


def spans_to_link(doc: Doc, spans_key: str | None, labels: Iterable[str] | None) -> list[Span]:
    """The entities of a Doc, or of `doc.spans[spans_key]`, that carry one of the labels (None: any)."""
    spans = doc.ents if spans_key is None else doc.spans.get(spans_key, ())
    wanted = None if labels is None else set(labels)
    return [span for span in spans if wanted is None or span.label_ in wanted]


def requests(doc: Doc, places: Iterable[Place], settings: Settings, *, parts: bool = False) -> list[Request]:
    """One request for each (start, end, label), in characters; abbreviations that the document defines are tried in
    both wordings, where the settings say so. `parts`: behind these, one for each name in a mention that may be a list.
    """
    text, places = doc.text, list(places)
    long_forms: dict[str, str] = {}
    if settings.abbreviations:
        words = dict.fromkeys(word for start, end, _ in places for word in _may_be_short(text[start:end]))
        given = ((word, long_form(word, text)) for word in words)
        defined = {short: long for short, long in given if long} | _detected(doc)
        long_forms = defined | {
            short: longs[0]
            for short, longs in beside(text, places).items()
            if defined.get(short) not in longs and not completes(defined.get(short, ""), longs[0], short)
        }
    written_out = {long.lower() for long in long_forms.values()}
    found = [_request(text, place, long_forms, written_out) for place in places]
    return [*found, *_parts(found, long_forms)] if parts else found


def _parts(wholes: Iterable[Request], long_forms: Mapping[str, str]) -> Iterator[Request]:
    for number, whole in enumerate(wholes):
        for i, names in enumerate(readings(whole.surfaces[0]) if whole.surfaces else ()):
            for name in names:
                surfaces = tuple(dict.fromkeys((name, _expanded(name, long_forms))))
                yield replace(whole, surfaces=surfaces, group="", part_of=(number, i))


def _request(text: str, place: Place, long_forms: Mapping[str, str], written_out: Set[str]) -> Request:
    """`written_out`: the long forms in lower case; an abbreviation and what it is short for are one group."""
    start, end, label = place
    if not 0 <= start <= end <= len(text):
        return Request(text, start, end, (), label=label)
    short = text[start:end]
    surfaces = tuple(dict.fromkeys((short, _expanded(short, long_forms))))
    words = surfaces[-1].lower()
    group = words if len(surfaces) > 1 or words in written_out else ""
    return Request(text, start, end, surfaces, group, label)


def _expanded(mention: str, long_forms: Mapping[str, str]) -> str:
    """The mention with each abbreviated word written out."""
    if mention in long_forms:
        return long_forms[mention]
    if not long_forms:
        return mention
    return _WORD.sub(lambda word: long_forms.get(word[0], word[0]), mention)


def _may_be_short(mention: str) -> list[str]:
    """What may be abbreviations: the mention, or words of it that are more than a letter ("hepatitis C")."""
    if may_be_short(mention):
        return [mention]
    return [word for word in _WORD.findall(mention) if may_be_short(word, least_letters=2)]


def _detected(doc: Doc) -> dict[str, str]:
    """Short form -> long form, as scispaCy's detector left them (spans, or dicts when made serialisable)."""
    if not Doc.has_extension("abbreviations"):
        return {}
    found = dict(map(_short_and_long, doc._.abbreviations))
    return {short: long for short, long in found.items() if long != short and defines(long, short)}


def _short_and_long(abbreviation: Span | Mapping[str, Any]) -> tuple[str, str]:
    if isinstance(abbreviation, Span):
        return abbreviation.text, abbreviation._.long_form.text
    return abbreviation["short_text"], abbreviation["long_text"]
