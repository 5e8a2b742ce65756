"""How a Doc holds links: ids in spans and tokens, the rest in `_.` attributes.

All attributes of a linker begin with the same word ("kb"), so that two linkers can stand in one pipeline. One plain
attribute, `_.kb_link`, stores what was decided, as lists that every serialisation survives; the others are views of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup

from ..errors import ConfigError
from ..records import Candidate
from .links import NOT_OURS, Link, LinkedDoc

DEFAULT_BEGINNING = "kb"
UNLINKED = ("", "NIL")  # what `kb_id_` says of a span that no linker has linked, unless it has a label of its own

_NOTHING: list[Any] = [None, None, 0, [], []]
# What is stored: id, reason for NIL, candidates accepted, candidates, further ids of a list of names.


def register_extensions(beginning: str = DEFAULT_BEGINNING) -> None:
    """Makes the attributes known where they are not; spawned workers need that again.

    Raises ConfigError when another package has taken one of the names for something else.
    """
    wanted: dict[str, dict[str, Any]] = {f"{beginning}_link": {"default": None}}
    for name, (view, setter) in _VIEWS.items():
        write = partial(setter, beginning=beginning) if setter else None
        wanted[f"{beginning}_{name}"] = {"getter": partial(view, beginning=beginning), "setter": write}
    absent = [attribute for attribute in wanted if not Span.has_extension(attribute)]
    for attribute in wanted.keys() - absent:
        if not (_is_as(attribute, **wanted[attribute]) or (attribute.endswith("_ents") and _is_plain(attribute))):
            raise ConfigError(
                f"Another package has registered the attribute span._.{attribute}. Give the linker attributes of its "
                "own: nlp.add_pipe('angel_linker', config={'attributes': 'angel'})."
            )
    for attribute in absent:
        Span.set_extension(attribute, **wanted[attribute])


def get_id(span: Span, beginning: str = DEFAULT_BEGINNING) -> str | None:
    """The concept's id, None for NIL: as stored; for the default attributes else (a Doc without its user data, a span
    that is another component's) as `kb_id_` says."""
    stored: list[Any] | None = span._.get(f"{beginning}_link")
    if not stored or stored[1] == NOT_OURS:
        return span.kb_id_ if beginning == DEFAULT_BEGINNING and span.kb_id_ not in UNLINKED else None
    concept_id: str | None = stored[0]
    return concept_id


def set_id(span: Span, concept_id: str | None, beginning: str = DEFAULT_BEGINNING) -> None:
    """Stores an id, or None for NIL."""
    _store(span, beginning, [concept_id, *_stored(span, beginning)[1:4], []])


def get_ids(span: Span, beginning: str = DEFAULT_BEGINNING) -> list[str]:
    """The ids of all concepts that a span means: one, none for NIL, or several where it is a list of names."""
    first = get_id(span, beginning)
    return [] if first is None else [first, *_further_ids(_stored(span, beginning))]


def get_nil_reason(span: Span, beginning: str = DEFAULT_BEGINNING) -> str | None:
    """Why there is no link; None where there is one."""
    reason: str | None = _stored(span, beginning)[1]
    return None if reason == NOT_OURS and get_id(span, beginning) else reason


def get_candidates(span: Span, beginning: str = DEFAULT_BEGINNING) -> list[Candidate]:
    """The ranked candidates of a span, those that were refused too."""
    return [_candidate(raw) for raw in _stored(span, beginning)[3]]


def get_pairs(span: Span, beginning: str = DEFAULT_BEGINNING) -> list[tuple[str, float]]:
    """scispaCy's pairs (concept id, probability), best first: the candidates that reached the threshold."""
    _, _, n_accepted, candidates = _stored(span, beginning)[:4]
    return [(concept_id, probability) for concept_id, _, _, probability, *_ in candidates[:n_accepted]]


def write_links(
    doc: Doc, linked: LinkedDoc, *, spans_key: str | None, nil_label: str, beginning: str = DEFAULT_BEGINNING
) -> None:
    """Writes the links of a Doc's entities, or of `doc.spans[spans_key]`."""
    ids = [link.concept_id or nil_label for link in linked.links]
    if spans_key is None:
        _write_entities(linked.spans, ids)
    elif linked.spans:
        _write_group(doc, spans_key, linked.spans, ids)
    for span, link in zip(linked.spans, linked.links, strict=True):
        _write_attributes(span, link, beginning)


def note_unlinked(spans: Iterable[Span], beginning: str = DEFAULT_BEGINNING) -> None:
    """Says of spans that nobody has linked that their label is not linked."""
    for span in spans:
        if not span._.get(f"{beginning}_link"):
            _store(span, beginning, [None, NOT_OURS, 0, [], []])


def _write_attributes(span: Span, link: Link, beginning: str) -> None:
    candidates = [
        [c.concept_id, c.name, c.generated_name, c.probability, c.score, list(c.types)] for c in link.candidates
    ]
    further = list(link.concept_ids[1:])
    _store(span, beginning, [link.concept_id, link.nil_reason, link.n_accepted, candidates, further])
    if _is_plain(f"{beginning}_ents"):  # scispaCy's own linker has registered it, with force
        span._.set(f"{beginning}_ents", get_pairs(span, beginning))


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


def _stored(span: Span, beginning: str) -> list[Any]:
    stored: list[Any] = span._.get(f"{beginning}_link") or _NOTHING
    return stored


def _store(span: Span, beginning: str, link: list[Any]) -> None:
    span._.set(f"{beginning}_link", link)


def _further_ids(stored: Sequence[Any]) -> list[str]:
    """None in Docs that were stored before there were any."""
    return list(stored[4]) if len(stored) > 4 else []


def _candidate(raw: Sequence[Any]) -> Candidate:
    concept_id, name, generated_name, probability, score, types = raw
    return Candidate(concept_id, name, generated_name, probability, score, tuple(types))


def _is_as(attribute: str, default: Any = None, getter: Any = None, setter: Any = None) -> bool:
    """Whether an attribute is registered so. A worker process gets copies of our views."""
    found_default, method, found_getter, _ = Span.get_extension(attribute)
    views = (getattr(one, "func", one) for one in (found_getter, getter))
    return (found_default, method) == (default, None) and len(set(views)) == 1


def _is_plain(attribute: str) -> bool:
    _, method, getter, _ = Span.get_extension(attribute)
    return method is None and getter is None


# name -> getter, setter
_VIEWS: dict[str, tuple[Callable[..., Any], Callable[..., None] | None]] = {
    "id": (get_id, set_id),
    "ids": (get_ids, None),
    "nil_reason": (get_nil_reason, None),
    "candidates": (get_candidates, None),
    "ents": (get_pairs, None),
}
