"""The same word written otherwise: Greek letters and their names, Roman and Arabic numerals, British and American."""

import re
from collections.abc import Iterator
from random import Random


def variant(name: str, rng: Random) -> str:
    """The name with one place written otherwise, or as it is where there is none."""
    return rng.choice([*greek(name), *numerals(name), *spellings(name)] or [name])


_SPELLED = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi
omega
"""
_GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", _SPELLED.split(), strict=True))
_LETTERS = _GREEK | {"ς": "sigma", "µ": "mu"}  # the last is the micro sign
_NAMES = {name: letter for letter, name in _GREEK.items() if name != "xi"}  # as a word of its own, rather eleven
_LETTER = re.compile(f"[{''.join(_LETTERS)}]", re.IGNORECASE)
_NAME = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_NAMES)})(?![^\W\d_])", re.IGNORECASE)


def greek(name: str) -> Iterator[str]:
    """The name with each Greek letter spelled out ("17beta" for "17β"), and each spelled-out one as a letter."""
    for found in _LETTER.finditer(name):
        gap = " " if name[found.end() : found.end() + 1].isalpha() else ""
        yield _with(name, found.start(), found.end(), _LETTERS[found[0].lower()] + gap)
    for found in _NAME.finditer(name):
        yield _with(name, found.start(), found.end(), _NAMES[found[0].lower()])


_ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_VALUES = {roman: str(value) for value, roman in enumerate(_ROMAN.split(), 1)}
_NUMERALS = {value: roman for roman, value in _VALUES.items()}
_UNITS = "type types subtype stage grade class group phase factor category level complex collagen"
_COUNTED = frozenset(_UNITS.split())
_WORD = re.compile(r"[^\W_]+")


def numerals(name: str) -> Iterator[str]:
    """The name with each Roman numeral that is a word as an Arabic one ("type 2" for "type II"), or the other way.

    One letter, or an Arabic number, must stand behind what is counted ("type", "stage") or behind a word at the end.
    """
    words = list(_WORD.finditer(name))
    for before, here in zip([None, *words], words, strict=False):
        word, previous = here[0].lower(), before[0].lower() if before else ""
        counts = previous in _COUNTED or (here is words[-1] and len(previous) > 3 and word != "x")
        if word in _VALUES and (counts or len(word) > 1):
            yield _with(name, here.start(), here.end(), _VALUES[word])
        elif word in _NUMERALS and counts:
            roman = _NUMERALS[word]
            yield _with(name, here.start(), here.end(), roman if name.islower() else roman.upper())


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


def _pattern(family: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds either spelling, and each one's counterpart."""
    before, british, american, behind = re.split(r"\[(\w+)/(\w+)\]", family)
    pattern = re.compile(f"(?:{before})({british}|{american})(?:{behind})", re.IGNORECASE)
    return pattern, {british: american, american: british}


_PATTERNS = [_pattern(family) for family in _FAMILIES.split()]


def spellings(name: str) -> Iterator[str]:
    """The name with each British spelling as the American one, and the other way."""
    for pattern, counterpart in _PATTERNS:
        for found in pattern.finditer(name):
            other = counterpart[found[1].lower()]
            yield _with(name, found.start(1), found.end(1), other.capitalize() if found[1][0].isupper() else other)


def _with(name: str, start: int, end: int, other: str) -> str:
    return name[:start] + other + name[end:]
