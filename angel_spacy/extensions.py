"""The `_.` attributes of linked spans, and what they hold."""

from collections.abc import Sequence
from typing import Any

from spacy.tokens import Span

from .records import Candidate

# name -> default. Plain attributes: a getter could not be set, and scispaCy itself registers kb_ents that way.
_PLAIN: dict[str, Any] = {"kb_id": None, "kb_ents": [], "kb_nil_reason": None, "kb_raw_candidates": []}


def register_extensions() -> None:
    """Makes the attributes known where they are not; spawned workers need that again."""
    for name, default in _PLAIN.items():
        if not Span.has_extension(name):
            Span.set_extension(name, default=default)
    if not Span.has_extension("kb_candidates"):
        Span.set_extension("kb_candidates", getter=get_candidates)


def get_candidates(span: Span) -> list[Candidate]:
    """The ranked candidates of a span. They are stored as plain lists, which every serialisation survives."""
    return [_candidate(raw) for raw in span._.kb_raw_candidates]


def set_link(span: Span, concept_id: str | None, candidates: Sequence[Candidate], nil_reason: str | None) -> None:
    """Writes a span's link into its `_.` attributes."""
    span._.kb_id = concept_id
    span._.kb_ents = [(candidate.concept_id, candidate.probability) for candidate in candidates]
    span._.kb_nil_reason = nil_reason
    span._.kb_raw_candidates = [
        [c.concept_id, c.name, c.generated_name, c.probability, c.score, list(c.types)] for c in candidates
    ]


def _candidate(raw: Sequence[Any]) -> Candidate:
    concept_id, name, generated_name, probability, score, types = raw
    return Candidate(concept_id, name, generated_name, probability, score, tuple(types))
