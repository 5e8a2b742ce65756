"""scispaCy's way to cut text into words, from spaCy's own rules, for Pythons that scispaCy is not made for.

Written from what scispaCy's tokenizer does with texts. Hyphens and slashes stay within words, and so do brackets that a
word goes on behind: "IL-2", "mg/kg", "(1,2)-ene".
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.attrs import ORTH
from spacy.lang import char_classes as chars
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

_LONG_DASHES = ("—", "–")
_OPENED = (r"\(", r"\[", r"\{")
_SIGNED = r"\+(?![0-9])"
_BEFORE_PERIOD = r"0-9%²\-)(\]+?:|" + chars.ALPHA_LOWER + chars.CONCAT_QUOTES
_DASHES = "–|—|--|---|——|~"
_ABBREVIATED = ("fig", "figs", "eq", "eqs", "sec", "secs", "no", "nos")
_IN_SMALL_LETTERS = ("al", "sp", "gen", "nov")


def own_tokenizer(nlp: Language) -> Tokenizer:
    """A tokenizer with the words of scispaCy's; `nlp` has one already, whose exceptions it keeps."""
    return Tokenizer(
        nlp.vocab,
        rules={**nlp.tokenizer.rules, **{word: [{ORTH: word}] for word in _exceptions()}},
        prefix_search=compile_prefix_regex(_prefixes(nlp)).search,
        suffix_search=compile_suffix_regex(_suffixes(nlp)).search,
        infix_finditer=compile_infix_regex(_infixes()).finditer,
    )


def _exceptions() -> Iterator[str]:
    """Words whose period belongs to them."""
    for word in _ABBREVIATED:
        yield from (f"{word}.", f"{word.capitalize()}.")
    yield from (f"{word}." for word in _IN_SMALL_LETTERS)


def _prefixes(nlp: Language) -> list[str]:
    """spaCy's, but no long dash, a plus always, and no bracket that is closed before the word's end."""
    kept = [rule for rule in nlp.Defaults.prefixes if rule not in {*_LONG_DASHES, *_OPENED, _SIGNED}]
    whole = [rf"{left}(?![^\s{left}]+{right}\S)" for left, right in zip(_OPENED, (r"\)", r"\]", r"\}"), strict=True)]
    return [*kept, r"\+", *whole]


def _suffixes(nlp: Language) -> list[str]:
    """spaCy's, but no long dash; a period behind two capitals, or behind a digit and one, too."""
    kept = [rule for rule in nlp.Defaults.suffixes if rule not in _LONG_DASHES and not rule.endswith(r")\.")]
    capitals = rf"(?<=[|0-9{chars.ALPHA_UPPER}][{chars.ALPHA_UPPER}])\."
    return [*kept, r"(?<=°[FfCcKk])\.", rf"(?<=[{_BEFORE_PERIOD}])\.", capitals]


def _infixes() -> list[str]:
    """Of signs between letters, long dashes and comparisons divide words; the multiplication sign does everywhere."""
    letter = chars.ALPHA
    return [
        *chars.LIST_ELLIPSES,
        *chars.LIST_ICONS,
        "×",
        r"(?<=[0-9])[+\-*^](?=[0-9-])",
        rf"(?<=[{chars.ALPHA_LOWER}])\.(?=[{chars.ALPHA_UPPER}])",
        rf"(?<=[{letter}]),(?=[{letter}])",
        rf"(?<=[{letter}])[?\";:=,.]*(?:{_DASHES})(?=[{letter}])",
        rf"(?<=[{letter}\"])[:<>=](?=[{letter}])",
    ]
