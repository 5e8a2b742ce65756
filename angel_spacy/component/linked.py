"""A Doc's spans as records: the mentions, with what the linker, or another component, says of them."""

from collections.abc import Iterable

from spacy.tokens import Doc, Span

from ..kb import split_ids
from ..records import LinkedMention, Mention


def linked_mentions(doc: Doc, spans_key: str | None) -> tuple[LinkedMention, ...]:
    """The entities of a Doc, or the spans of `doc.spans[spans_key]`, in order."""
    return tuple(map(_linked_mention, doc.ents if spans_key is None else doc.spans.get(spans_key, ())))


def _linked_mention(span: Span) -> LinkedMention:
    candidates = tuple(span._.kb_candidates)
    ids = _concept_ids(span._.kb_ids, {candidate.concept_id for candidate in candidates})
    nil_reason = "" if ids else span._.kb_nil_reason or "not looked at"
    return LinkedMention(Mention(span.text, span.start_char, span.end_char, span.label_, ids), candidates, nil_reason)


def _concept_ids(ids: Iterable[str], considered: set[str]) -> tuple[str, ...]:
    """The linker's concepts as they are; another component may have joined several ids."""
    return tuple(one for kb_id in ids for one in ([kb_id] if kb_id in considered else split_ids(kb_id)))
