"""Candidates -> the decision on a mention: one concept, or NIL and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from spacy.tokens import Span

from ..candidates.source import Candidates, Request
from ..records import Candidate


@dataclass(frozen=True, slots=True)
class Link:
    """The decision on one span. `concept_id` is None for NIL, and `nil_reason` says why.

    `candidates` are all concepts that were found, best first; the first `n_accepted` reached the threshold.
    """

    concept_id: str | None
    candidates: tuple[Candidate, ...]
    nil_reason: str | None = None
    n_accepted: int = 0


@dataclass(frozen=True, slots=True)
class LinkedDoc:
    """The spans of one Doc that get a link, in order."""

    spans: tuple[Span, ...]
    links: tuple[Link, ...]


def decide(request: Request, candidates: Candidates, threshold: float, *, has_names: bool = True) -> Link:
    """The first candidate, if its probability reaches the threshold. `has_names`: whether the KB has any."""
    if not candidates:
        return Link(None, (), _why_nothing_was_found(request, has_names))
    n_accepted = sum(1 for _ in takewhile(lambda candidate: candidate.probability >= threshold, candidates))
    if not n_accepted:
        return Link(None, tuple(candidates), f"probability below the threshold of {threshold:g}")
    return Link(candidates[0].concept_id, tuple(candidates), None, n_accepted)


def _why_nothing_was_found(request: Request, has_names: bool) -> str:
    if not request.surfaces:
        return "the offsets are not in the text"
    if not any(map(str.isalnum, "".join(request.surfaces))):
        return "the mention has no letter or digit"
    if has_names and request.label:
        return f"no concept of the knowledge base is a {request.label}"
    return "the knowledge base has no names"
