"""The abbreviations that a Doc defines, token by token, as Schwartz and Hearst (2003) find them, for Pythons that
scispaCy is not made for.

Written from the paper and from what scispaCy's detector does with texts. Where that loses the first word of a long form
("LV mass" behind "(MBP), ": "mass"), here it stays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from spacy.tokens import Doc, Span

_MOST_SHORT = 3  # tokens in brackets that may be a short form
_MOST_LONG = 8  # tokens in brackets that may be a long form
_LETTERS = range(2, 10)  # of each token of a short form


def abbreviations(doc: Doc) -> list[dict[str, Any]]:
    """Every place of a short form that the Doc defines, in the order of the text: plain dicts with the text, the first
    token and the end of both forms."""
    found = _defined(doc)
    lengths = {len(words) for words in found}
    spans = (doc[start : start + n] for start in range(len(doc)) for n in lengths if start + n <= len(doc))
    return [_as_dict(span, found[words]) for span in spans if (words := _words(span)) in found]


def _as_dict(short: Span, long: Span) -> dict[str, Any]:
    return {
        "short_text": short.text,
        "short_start": short.start,
        "short_end": short.end,
        "long_text": long.text,
        "long_start": long.start,
        "long_end": long.end,
    }


def _words(span: Span) -> tuple[str, ...]:
    return tuple(token.text for token in span)


def _defined(doc: Doc) -> dict[tuple[str, ...], Span]:
    """The words of each short form -> its first long form that is not another's."""
    short_of: dict[str, str] = {}
    found: dict[tuple[str, ...], Span] = {}
    for short, words in _candidates(doc):
        long = _long_form(short, words) if _may_be_short(short) else None
        if long is not None and short_of.setdefault(long.text, short.text) == short.text:
            found.setdefault(_words(short), long)
    return found


def _candidates(doc: Doc) -> Iterator[tuple[Span, Span]]:
    """A short form in brackets and the words before it, or a word and the long form in brackets behind it."""
    for start, end in _brackets(doc):
        inside = doc[start + 1 : end]
        if len(inside) <= _MOST_SHORT:
            yield inside, doc[max(0, start - _most_words(inside)) : start]
        elif len(inside) <= _MOST_LONG:
            yield doc[start - 1 : start], inside


def _brackets(doc: Doc) -> Iterator[tuple[int, int]]:
    """The tokens of each pair of round brackets that holds no other, behind a word."""
    opened = 0
    for token in doc:
        if token.text == "(":
            opened = token.i
        elif token.text == ")" and opened:
            yield opened, token.i
            opened = 0


def _may_be_short(short: Span) -> bool:
    """Whether it begins with a letter, at least half of it are letters, and no token is too short or too long."""
    text = short.text
    are_letters = sum(map(str.isalpha, text))
    return text[:1].isalpha() and 2 * are_letters >= len(text) and all(len(token) in _LETTERS for token in short)


def _most_words(short: Span) -> int:
    n_characters = sum(map(len, short))
    return min(n_characters + 5, 2 * n_characters)


def _long_form(short: Span, words: Span) -> Span | None:
    """The end of `words` that holds the short form's letters in order, the first one at the beginning of a word."""
    lowered = [word.lower() for word in _words(words)]
    text = " ".join(lowered)
    place = len(text)
    letters = [letter for letter in short.text.lower() if letter.isalnum()]
    for number, letter in reversed(list(enumerate(letters))):
        place = text.rfind(letter, 0, place)
        while number == 0 and place > 0 and text[place - 1].isalnum():
            place = text.rfind(letter, 0, place)
        if place < 0:
            return None
    ends = list(accumulate(len(word) + 1 for word in lowered))
    return words[bisect_right(ends, place) :]
