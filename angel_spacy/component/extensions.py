"""How a Doc holds links: ids in spans and tokens, the rest in `_.` attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup

from ..records import Candidate

_NOT_STORED = ""  # a stored None is NIL

# name -> default. Plain attributes, as scispaCy itself registers kb_ents.
_PLAIN: dict[str, Any] = {"kb_raw_id": _NOT_STORED, "kb_ents": [], "kb_nil_reason": None, "kb_raw_candidates": []}


@dataclass(frozen=True, slots=True)
class Link:
    """The decision on one span. `concept_id` is None for NIL, and `nil_reason` says why."""

    concept_id: str | None
    candidates: tuple[Candidate, ...]
    nil_reason: str | None = None

    @property
    def score(self) -> float:
        """The score of the first candidate, minus infinity where there is none."""
        return self.candidates[0].score if self.candidates else float("-inf")


@dataclass(frozen=True, slots=True)
class LinkedDoc:
    """The spans of one Doc that get a link, in order."""

    spans: tuple[Span, ...]
    links: tuple[Link, ...]


def register_extensions() -> None:
    """Makes the attributes known where they are not; spawned workers need that again."""
    for name, default in _PLAIN.items():
        if not Span.has_extension(name):
            Span.set_extension(name, default=default)
    if not Span.has_extension("kb_id"):
        Span.set_extension("kb_id", getter=get_id, setter=set_id)
    if not Span.has_extension("kb_candidates"):
        Span.set_extension("kb_candidates", getter=get_candidates)


def get_id(span: Span) -> str | None:
    """The concept's id, None for NIL: as stored, else (a Doc without its user data) as `kb_id_` says."""
    stored: str | None = span._.kb_raw_id
    if stored != _NOT_STORED:
        return stored
    return None if span.kb_id_ in ("", "NIL") else span.kb_id_


def set_id(span: Span, concept_id: str | None) -> None:
    """Stores an id, or None for NIL."""
    span._.kb_raw_id = concept_id


def get_candidates(span: Span) -> list[Candidate]:
    """The ranked candidates of a span. They are stored as plain lists, which every serialisation survives."""
    return [_candidate(raw) for raw in span._.kb_raw_candidates]


def write_links(doc: Doc, linked: LinkedDoc, *, spans_key: str | None, nil_label: str) -> None:
    """Writes the links of a Doc's entities, or of `doc.spans[spans_key]`."""
    ids = [link.concept_id or nil_label for link in linked.links]
    if spans_key is None:
        _write_entities(linked.spans, ids)
    elif linked.spans:
        _write_group(doc, spans_key, linked.spans, ids)
    for span, link in zip(linked.spans, linked.links, strict=True):
        _write_attributes(span, link)


def _write_attributes(span: Span, link: Link) -> None:
    span._.kb_id = link.concept_id
    span._.kb_ents = [(candidate.concept_id, candidate.probability) for candidate in link.candidates]
    span._.kb_nil_reason = link.nil_reason
    span._.kb_raw_candidates = [
        [c.concept_id, c.name, c.generated_name, c.probability, c.score, list(c.types)] for c in link.candidates
    ]


def _write_entities(spans: Sequence[Span], ids: Sequence[str]) -> None:
    # Spans of doc.ents are made anew at each access: the tokens hold the id.
    for span, kb_id in zip(spans, ids, strict=True):
        for token in span:
            token.ent_kb_id_ = kb_id


def _write_group(doc: Doc, key: str, spans: Sequence[Span], ids: Sequence[str]) -> None:
    # Spans of a group are made anew at each access too, and a span cannot be changed in place: the group is rebuilt.
    group = doc.spans[key]
    given = {_place(span): kb_id for span, kb_id in zip(spans, ids, strict=True)}
    rebuilt = [
        Span(doc, span.start, span.end, label=span.label, kb_id=given.get(_place(span), span.kb_id_), span_id=span.id)
        for span in group
    ]
    doc.spans[key] = SpanGroup(doc, name=group.name, attrs=dict(group.attrs), spans=rebuilt)


def _place(span: Span) -> tuple[int, int, int]:
    return span.start, span.end, span.label


def _candidate(raw: Sequence[Any]) -> Candidate:
    concept_id, name, generated_name, probability, score, types = raw
    return Candidate(concept_id, name, generated_name, probability, score, tuple(types))
