"""Mentions that a recogniser overlooked, although others in the document tell of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from spacy.tokens import Doc, Span, Token

from ..models.clean_docs import is_blocked
from .abbreviations import long_form, may_be_short

_IN_BRACKETS = re.compile(r"\s*[(\[]\s*([^\s()\[\],;:]+)\s*[)\],;:]")
_CASE_COUNTS = 4  # letters up to which a word in capitals is another one than in lower case,
_TITLE_COUNTS = 2  # and up to which one that begins with a capital is ("As", arsenic)
_LEAST_SHARE = 0.3  # of the places where words stand, those that the recogniser marked

_Words = tuple[str, ...]


def overlooked(doc: Doc, found: Sequence[Span]) -> list[Span]:
    """The abbreviations that stand in brackets behind what they are short for, and the other places of words that were
    found: spans that overlap no entity of the Doc and none of each other.

    Measured on BC5CDR dev with the starter: docs/results.md.
    """
    free = [not token.ent_type and not is_blocked(token) for token in doc]
    short = [span for span in _abbreviations(doc, found) if _take(span, free)]
    return [*short, *(span for span in _repeats(doc, [*found, *short], free) if _take(span, free))]


def _take(span: Span, free: list[bool]) -> bool:
    """Whether all tokens of the span are free; they are not afterwards."""
    is_free = all(free[span.start : span.end])
    if is_free:
        free[span.start : span.end] = [False] * len(span)
    return is_free


def _abbreviations(doc: Doc, found: Iterable[Span]) -> Iterator[Span]:
    text = doc.text
    for long in found:
        bracket = _IN_BRACKETS.match(text, long.end_char)
        if bracket and may_be_short(bracket[1]) and _ends_alike(long_form(bracket[1], text), long.text):
            span = doc.char_span(*bracket.span(1), label=long.label)
            if span is not None:
                yield span


def _ends_alike(defined: str, marked: str) -> bool:
    """Whether one of the two is the end of the other: a recogniser and the letters may disagree about the beginning."""
    return defined != "" and (marked.endswith(defined) or defined.endswith(marked))


def _repeats(doc: Doc, found: Iterable[Span], free: Sequence[bool]) -> Iterator[Span]:
    """Free places of the same words, the most words first; not of words that were left unmarked more often than not."""
    words = [_word(token) for token in doc]
    labels: dict[_Words, Counter[int]] = defaultdict(Counter)
    for span in found:
        labels[tuple(words[span.start : span.end])][span.label] += 1
    for one in sorted(labels, key=len, reverse=True):
        places = [start for start in _places(words, one) if all(free[start : start + len(one)])]
        n_marked = labels[one].total()
        if n_marked >= _LEAST_SHARE * (n_marked + len(places)):
            label = labels[one].most_common(1)[0][0]
            yield from (Span(doc, start, start + len(one), label) for start in places)


def _word(token: Token) -> str:
    """What two places of a word have in common; neither "AS" nor "As" is "as", "Gout" is "gout"."""
    is_ordinary = len(token) > _CASE_COUNTS or (token.is_title and len(token) > _TITLE_COUNTS)
    text: str = token.lower_ if is_ordinary else token.text
    return text


def _places(words: Sequence[str], wanted: _Words) -> Iterator[int]:
    start = -1
    for _ in range(words.count(wanted[0])):
        start = words.index(wanted[0], start + 1)
        if tuple(words[start : start + len(wanted)]) == wanted:
            yield start
