"""Candidates -> the decision on a mention: its concept, or NIL and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from spacy.tokens import Span

from ..candidates.source import Candidates, Request
from ..records import Candidate

NOT_OURS = "label not linked"
NIL_REASONS = {
    "below threshold": "its first concept is less probable than the threshold",
    "empty mention": "the mention has no letter or digit",
    "type has no concept": "no concept of the knowledge base is what the label says",
    "no candidate": "the knowledge base has no name that could be meant",
    "outside the text": "the offsets are not in the text",
    NOT_OURS: "the label is not among those that the linker links",
    "not looked at": "no linker looked at the mention",
}
"""Why a mention has no link, in the words of `_.kb_nil_reason`."""


@dataclass(frozen=True, slots=True)
class Link:
    """The decision on one span: its concepts, none for NIL, and then `nil_reason`, one of NIL_REASONS, says why. They
    are several where the mention is a list of names.

    `candidates` are all concepts that were found, best first; the first `n_accepted` reached the threshold.
    """

    concept_ids: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    nil_reason: str | None = None
    n_accepted: int = 0

    @property
    def concept_id(self) -> str | None:
        """The first concept, None for NIL."""
        return self.concept_ids[0] if self.concept_ids else None


@dataclass(frozen=True, slots=True)
class LinkedDoc:
    """The spans of one Doc that get a link, in order."""

    spans: tuple[Span, ...]
    links: tuple[Link, ...]


def decide(request: Request, candidates: Candidates, threshold: float, *, has_names: bool = True) -> Link:
    """The first candidate, if its probability reaches the threshold. `has_names`: whether the KB has any."""
    if not candidates:
        return Link((), (), _why_nothing_was_found(request, has_names))
    n_accepted = sum(1 for _ in takewhile(lambda candidate: candidate.probability >= threshold, candidates))
    if not n_accepted:
        return Link((), tuple(candidates), "below threshold")
    return Link((candidates[0].concept_id,), tuple(candidates), None, n_accepted)


def _why_nothing_was_found(request: Request, has_names: bool) -> str:
    if not request.surfaces:
        return "outside the text"
    if not any(map(str.isalnum, "".join(request.surfaces))):
        return "empty mention"
    return "type has no concept" if has_names and request.label and not request.among else "no candidate"
