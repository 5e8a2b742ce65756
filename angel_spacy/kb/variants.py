"""The same word written otherwise: Greek letters and their names, Roman and Arabic numerals, British and American.

Training draws from these forms, and a mention is tried in them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple


class Place(NamedTuple):
    """Characters `start` to `end` of a text may as well read `other`; `plainer` where that is the plainer form: the
    letter's name, the Arabic numeral, the American spelling."""

    start: int
    end: int
    other: str
    plainer: bool


def rewritten(text: str, places: Iterable[Place]) -> str:
    """The text with some places, in order, written otherwise."""
    pieces, end = [], 0
    for place in places:
        pieces += [text[end : place.start], place.other]
        end = place.end
    return "".join(pieces) + text[end:]


_SPELLED = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi
omega
"""
_GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", _SPELLED.split(), strict=True))
_LETTERS = _GREEK | {"ς": "sigma", "ß": "beta"}  # a sharp s that stands alone was meant for beta
_NAMES = {name: letter for letter, name in _GREEK.items() if name != "xi"}  # as a word of its own, rather eleven
_SIGNS = "\u00b5\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5"  # the micro sign, and letters as symbols
_ANY = f"[{''.join(_GREEK)}{''.join(_GREEK).upper()}ς{_SIGNS}]"
_LETTER = re.compile(rf"(?<!{_ANY}){_ANY}(?!{_ANY})|(?<![^\W\d_])ß(?![^\W\d_])")  # words of Greek stay as they are
_NAME = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_NAMES)})(?![^\W\d_])", re.IGNORECASE)


def greek(name: str) -> Iterator[Place]:
    """Greek letters, to be spelled out ("17beta" for "17β"), and spelled-out ones, to be letters."""
    for found in _LETTER.finditer(name):
        gap = " " if name[found.end() : found.end() + 1].isalpha() else ""
        yield Place(*found.span(), _LETTERS[_letter(found[0])] + gap, plainer=True)
    for found in _NAME.finditer(name):
        if found[0].isascii():  # a Turkish dotted I is no other I
            yield Place(*found.span(), _NAMES[found[0].lower()], plainer=False)


def _letter(written: str) -> str:
    """The small letter that a capital, or a letter as a symbol, stands for."""
    return unicodedata.normalize("NFKC", written).lower() if written != "ß" else written


_ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
ROMAN = {roman: str(value) for value, roman in enumerate(_ROMAN.split(), 1)}
_NUMERALS = {value: roman for roman, value in ROMAN.items()}
_UNITS = "type types subtype stage grade class group phase factor category level complex collagen"
_COUNTED = frozenset(_UNITS.split())
_WORD = re.compile(r"[^\W_]+")


def numerals(name: str) -> Iterator[Place]:
    """Roman numerals that are words, to be Arabic ("type 2" for "type II"), and the other way; the first word is none.

    One letter, or an Arabic number, must stand behind what is counted ("type", "stage") or behind a word at the end.
    """
    words = list(_WORD.finditer(name))
    for before, here in pairwise(words):
        word, previous = here[0].lower(), before[0].lower()
        if previous.isdecimal():  # a karyotype, a list of numbers
            continue
        counts = previous in _COUNTED or (here is words[-1] and len(previous) > 3 and word != "x")
        if word in ROMAN and (counts or len(word) > 1):
            yield Place(*here.span(), ROMAN[word], plainer=True)
        elif word in _NUMERALS and counts:
            roman = _NUMERALS[word]
            yield Place(*here.span(), roman if name.islower() else roman.upper(), plainer=False)


# Parts of words, [British/American] with what stands around it.
_FAMILIES = r"""
\w\w[ae/e]mia  leuk[ae/e]moid
(?:an|isch|leuk|glyc|ur|septic|bacter|vir|lipid|lip|hyper|thalass|cyth|vol|natr|kal|calc|tox)[ae/e]mic
\bh[ae/e]m(?=[ao])  \Bh[ae/e]m(?=oglobin|orrh|olys|olyt|ophil|atoma)
(?:\b|lymph|papill|myx)[oe/e]dem  \b[oe/e]soph  (?:gastr|trache)[ooe/oe]soph  \bc[oe/e]liac
\bf[oe/e]t(?=al|us|o)  rrh[oe/e](?=a|i)  pn[oe/e](?=a\b|ic\b)  \b(?:anti|phyto|xeno)?[oe/e]str(?=ogen|adiol|iol|one|us)
(?:\b|ileo)c[ae/e]c(?=um|al|os|it)  \bf[ae/e]c(?=es\b|al\b)  p[ae/e]diatr  orthop[ae/e]d
[ae/e]sthe(?=s|t)  gyn[ae/e]co  \b[ae/e]tiol  ph[ae/e]ochrom  \bn[ae/e]v(?=us\b|i\b)
tum[our/or](?=s?\b)  \bcol[our/or](?=s?\b|ed\b|bl)  behavi[our/or]  \bod[our/or](?=s?\b)  \blab[our/or](?=\b)
(?:fib|cent|tit|goit)[re/er](?=s?\b)  sul[ph/f]  \bgr[ey/ay](?=\b)  \bm[ould/old](?=s?\b)
\w{3}[is/iz]ation  (?:general|local|special|immun|tranquil|neutral)[is/iz](?=e|ing)
"""


def _pattern(family: str) -> tuple[re.Pattern[str], str, dict[str, str]]:
    """What finds either spelling, the British one, and each one's counterpart."""
    before, british, american, behind = re.split(r"\[(\w+)/(\w+)\]", family)
    pattern = re.compile(f"(?:{before})({british}|{american})(?:{behind})", re.IGNORECASE)
    return pattern, british, {british: american, american: british}


_PATTERNS = [_pattern(family) for family in _FAMILIES.split()]


def english(name: str) -> Iterator[Place]:
    """British spellings, to be American, and the other way."""
    places = []
    for pattern, british, counterpart in _PATTERNS:
        for found in pattern.finditer(name):
            here = found[1].lower()
            if here not in counterpart:  # a long s, a Turkish dotted I
                continue
            places.append(Place(*found.span(1), _cased(counterpart[here], like=found[1]), plainer=here == british))
    yield from sorted(places)


def _cased(word: str, *, like: str) -> str:
    """The word with the capitals of another one."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word.capitalize() if like[0].isupper() else word


KINDS = (greek, numerals, english)
