"""What speaks for the links of an article, in lines that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..candidates.generated import SpelledName
from ..candidates.weighing import Contrast, Explanation
from ..errors import ConfigError
from ..records import Article, Mention
from .given import gold_docs
from .linker import AngelLinker

N_CANDIDATES = 3
_LEAST = 0.05  # of a part that is shown


@dataclass(frozen=True, slots=True)
class MentionReasons:
    """Why a mention is linked so: `lines` on the first candidates, and of every candidate (its id, its name, what each
    piece of evidence adds to its score)."""

    lines: tuple[str, ...]
    candidates: tuple[tuple[str, str, tuple[str, ...]], ...]


def reasons_of(nlp: Language, linker: AngelLinker, article: Article) -> MentionReasons:
    """Of the first mention of an article. Raises ConfigError where no evidence is weighed."""
    (doc,) = gold_docs(nlp, linker, [article])
    span = _span(doc, article.mentions[0])
    explained = linker.explain(span) if span is not None else []
    candidates = tuple((one.candidate.concept_id, one.candidate.name, tuple(_parts(one))) for one in explained)
    return MentionReasons(tuple(_lines(linker, span, explained)), candidates)


def reasons_against(nlp: Language, linker: AngelLinker, article: Article, concept_id: str) -> tuple[str, ...]:
    """Of the first mention of an article, lines on a concept beside the one that is ranked first. Raises ConfigError
    where no evidence is weighed, and for a concept that the mention cannot be."""
    (doc,) = gold_docs(nlp, linker, [article])
    span = _span(doc, article.mentions[0])
    if span is None:
        raise ConfigError("There is no word in this mention: choose other offsets.")
    contrast = linker.explain(span, concept_id)
    shown = (contrast.concept, contrast.winner) if _are_two(contrast) else (contrast.winner,)
    return (*map(_of_candidate, shown), *_parting(contrast))


def reasons(nlp: Language, linker: AngelLinker, article: Article) -> list[list[str]]:
    """Of each mention of an article, lines on its first candidates: what each piece of evidence adds to their score;
    and on the second one, where the generator parts from the winner's name. Raises ConfigError where no evidence is
    weighed."""
    (doc,) = gold_docs(nlp, linker, [article])
    found = []
    for mention in article.mentions:
        span = _span(doc, mention)
        explained = linker.explain(span) if span is not None else []
        found.append(_lines(linker, span, explained))
    return found


def _lines(linker: AngelLinker, span: Span | None, explained: Sequence[Explanation]) -> list[str]:
    first = explained[:N_CANDIDATES]
    return [*map(_of_candidate, first), *_where_it_parts(linker, span, first)]


def _span(doc: Doc, mention: Mention) -> Span | None:
    """The mention in whole tokens, None for nothing."""
    if not mention.text.strip():
        return None
    span = doc.char_span(mention.start, mention.end, label=mention.label, alignment_mode="expand")
    return span if span is not None and len(span) else None


def _of_candidate(one: Explanation) -> str:
    candidate = one.candidate
    return f"{candidate.concept_id} {candidate.name} ({candidate.probability:.3f}): {', '.join(_parts(one))}"


def _parts(one: Explanation) -> list[str]:
    parts = sorted(one.parts.items(), key=lambda part: -abs(part[1]))
    return [f"{name} {value:+.1f}" for name, value in parts if abs(value) >= _LEAST]


def _where_it_parts(linker: AngelLinker, span: Span | None, explained: Sequence[Explanation]) -> Iterable[str]:
    if span is None or len(explained) < 2:
        return ()
    try:
        contrast = linker.explain(span, explained[1].candidate.concept_id)
    except ConfigError:  # no name of it can be written, or the mention cannot be read
        return ()
    return _parting(contrast)


def _parting(contrast: Contrast) -> tuple[str, ...]:
    """Where the generator parts from the winner's name; nothing for the winner itself."""
    if not _are_two(contrast):
        return ()
    names = contrast.winner_name, contrast.name
    return (f"the generator writes {' against '.join(_spelled(name, contrast.diverges_at) for name in names)}",)


def _are_two(contrast: Contrast) -> bool:
    return contrast.concept.candidate.concept_id != contrast.winner.candidate.concept_id


def _spelled(name: SpelledName, at: int) -> str:
    """The name with the token in which the two differ and its probability in nats."""
    token = f"{name.tokens[at]} {name.log_probs[at]:.1f}" if at < len(name.tokens) else "its end"
    return f"{name.name!r} (mean {name.score:.2f}, {token})"
