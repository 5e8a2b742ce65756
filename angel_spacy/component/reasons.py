"""What speaks for the links of an article, in lines that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..candidates.generated import SpelledName
from ..candidates.weighing import Explanation
from ..errors import ConfigError
from ..records import Article, Mention
from .given import gold_docs
from .linker import AngelLinker

N_CANDIDATES = 3
_LEAST = 0.05  # of a part that is shown


def reasons(nlp: Language, linker: AngelLinker, article: Article) -> list[list[str]]:
    """Of each mention of an article, lines on its first candidates: what each piece of evidence adds to their score;
    and on the second one, where the generator parts from the winner's name. Raises ConfigError where no evidence is
    weighed."""
    (doc,) = gold_docs(nlp, linker, [article])
    found = []
    for mention in article.mentions:
        span = _span(doc, mention)
        explained = linker.explain(span)[:N_CANDIDATES] if span is not None else []
        found.append([*map(_of_candidate, explained), *_where_it_parts(linker, span, explained)])
    return found


def _span(doc: Doc, mention: Mention) -> Span | None:
    """The mention in whole tokens, None for nothing."""
    if not mention.text.strip():
        return None
    span = doc.char_span(mention.start, mention.end, label=mention.label, alignment_mode="expand")
    return span if span is not None and len(span) else None


def _of_candidate(one: Explanation) -> str:
    parts = sorted(one.parts.items(), key=lambda part: -abs(part[1]))
    told = ", ".join(f"{name} {value:+.1f}" for name, value in parts if abs(value) >= _LEAST)
    return f"{one.candidate.concept_id} {one.candidate.name} ({one.candidate.probability:.3f}): {told}"


def _where_it_parts(linker: AngelLinker, span: Span | None, explained: Sequence[Explanation]) -> Iterable[str]:
    if span is None or len(explained) < 2:
        return ()
    try:
        contrast = linker.explain(span, explained[1].candidate.concept_id)
    except ConfigError:  # no name of it can be written, or the mention cannot be read
        return ()
    if contrast.concept.candidate.concept_id == contrast.winner.candidate.concept_id:
        return ()
    names = contrast.winner_name, contrast.name
    return (f"the generator writes {' against '.join(_spelled(name, contrast.diverges_at) for name in names)}",)


def _spelled(name: SpelledName, at: int) -> str:
    """The name with the token in which the two differ and its probability in nats."""
    token = f"{name.tokens[at]} {name.log_probs[at]:.1f}" if at < len(name.tokens) else "its end"
    return f"{name.name!r} (mean {name.score:.2f}, {token})"
