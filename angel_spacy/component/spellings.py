"""Other spellings of a mention: Greek letters, Roman numerals, British and American English.

Vocabularies and authors differ in these; a mention is tried in both, as an abbreviation is tried in its long form.
"""

import re
from collections.abc import Callable
from functools import lru_cache

Form = Callable[[str], str]

_WORD = re.compile(r"\S+")
_LETTERS = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψωϕϑϵ",
        _WORD.findall(
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau "
            "upsilon phi chi psi omega phi theta epsilon"
        ),
        strict=True,
    )
)
_NAMES = _LETTERS | {letter.upper(): name for letter, name in _LETTERS.items()} | {"\u00b5": "mu"}
_GREEK = "".join(_NAMES)
_LETTER = re.compile(rf"(\w?)(?<![{_GREEK}])([{_GREEK}])(?![{_GREEK}])(\w?)")  # alone: words of Greek stay

_NUMERALS = _WORD.findall("I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX")
_ARABIC = {numeral: str(number) for number, numeral in enumerate(_NUMERALS, 1)}
_ROMAN = {number: numeral for numeral, number in _ARABIC.items()}
_COUNTED = "types?|subtypes?|stages?|grades?|class|groups?|phase|factor|degree|nerve|level"
_NUMERAL = re.compile(rf"(?<=\w )(?:[IVX]{{2,}}(?!\w)|[IVX]$)|\b(?i:(?:{_COUNTED}) [IVX]+)(?!\w)")
_NUMBER = re.compile(r"(?<![\w.,-])(?:1\d|20|[1-9])(?![\w.,%-])")

# British/American; ^ at the beginning of a word, $ at its end.
_PAIRS = _WORD.findall("""
    haem/hem aemi/emi oedem/edem oesoph/esoph oestr/estr anaesth/anesth ^foet/^fet ^caec/^cec ^coeli/^celi ^paed/^ped
    orthopaed/orthoped gynaec/gynec rrhoe/rrhe pnoe/pne ^aetio/^etio ^faec/^fec ^naev/^nev sulph/sulf tumour/tumor
    colour/color behaviour/behavior odour/odor labour/labor ^fibre/^fiber centre$/center$ goitre$/goiter$
    litre$/liter$ isation/ization ^aluminium/^aluminum ^caesa/^cesa ^caesi/^cesi ^homoeo/^homeo leucocyt/leukocyt
    leucopen/leukopen ^mould/^mold ^grey$/^gray$ neurone$/neuron$ ^manoeuv/^maneuv uraem/urem
    toxaem/toxem
""")


def plain_spelling(mention: str) -> str:
    """The mention with Greek letters by name, Arabic numerals and American English: the mention itself at times."""
    for plain, *_ in _KINDS:
        mention = plain(mention)
    return mention


@lru_cache(4096)
def spellings(mention: str) -> tuple[str, ...]:
    """All other spellings of a mention, its plain one first where that is another."""
    found = {mention: None}
    for forms in _KINDS:
        found = dict.fromkeys(form(text) for text in found for form in forms)
    return tuple(text for text in found if text != mention)


def _spelt_out(joint: str) -> Form:
    """Each Greek letter by its name, with `joint` between the name and a letter or number beside it."""

    def named(match: re.Match[str]) -> str:
        return joint.join(filter(None, (match[1], _NAMES[match[2]], match[3])))

    return lambda text: _LETTER.sub(named, text)


def _in_arabic(text: str) -> str:
    def number(match: re.Match[str]) -> str:
        before, space, numeral = match[0].rpartition(" ")
        return before + space + _ARABIC.get(numeral.upper(), numeral)

    return _NUMERAL.sub(number, text)


def _in_roman(text: str) -> str:
    return _NUMBER.sub(lambda match: _ROMAN[match[0]], text)


def _american(text: str) -> str:
    return _english(text, _TO_AMERICAN)


def _british(text: str) -> str:
    return _english(_american(text), _TO_BRITISH)


def _english(text: str, rule: tuple[re.Pattern[str], dict[str, str]]) -> str:
    written, wanted = rule
    return written.sub(lambda match: _cased(wanted[match[0].lower()], like=match[0]), text)


def _cased(word: str, *, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if like[0].isupper() else word


def _rule(*, of: int, to: int) -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds all words of one English, and what to write for each."""
    pairs = [pair.split("/") for pair in _PAIRS]
    parts = [pair[of].replace("^", r"\b").replace("$", r"\b") for pair in pairs]
    return re.compile("|".join(parts), re.IGNORECASE), {pair[of].strip("^$"): pair[to].strip("^$") for pair in pairs}


def _unchanged(text: str) -> str:
    return text


_TO_AMERICAN, _TO_BRITISH = _rule(of=0, to=1), _rule(of=1, to=0)
_KINDS: tuple[tuple[Form, ...], ...] = (
    (_spelt_out(" "), _spelt_out(""), _unchanged),
    (_in_arabic, _unchanged, _in_roman),
    (_american, _unchanged, _british),
)
