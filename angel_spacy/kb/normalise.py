"""One function for KB names and mentions alike, chosen by a name that is stored with the KB."""

import re
import unicodedata
from collections.abc import Callable
from html import unescape

from ..errors import ConfigError

Normaliser = Callable[[str], str]

PUBLISHED_NORMALISER = "angel_spacy.normalise.v1"
DEFAULT_NORMALISER = "angel_spacy.normalise.v2"

_PUNCTUATION = str.maketrans(dict.fromkeys(",.;{}[]()+-_*/?!`\"'=%><", " "))
_SEPARATORS = "\x1c\x1d\x1e\x1f"  # white space to `str.split`, but not to `bytes.split`
_ASCII = "".join(map(chr, range(256))).lower().translate(_PUNCTUATION | dict.fromkeys(map(ord, _SEPARATORS), " "))
_ASCII_BYTES = _ASCII.encode("latin-1")

# Unicode's categories: soft hyphens, zero-width characters, byte order marks; dashes, quotes and spaces of any kind.
_PLAIN = {"Cf": ""} | dict.fromkeys(("Pd", "Pi", "Pf", "Zs", "Zl", "Zp"), " ")
_SIGNS = str.maketrans(dict.fromkeys("−⁃·•⋅∙‧′″‴‵´ʼʹʻʽ⁄™®©℠", " "))
_LATIN = {"ø": "o", "æ": "ae", "œ": "oe"}  # what no decomposition takes apart
_ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327"  # the common ones, from grave to cedilla
_ACCENTED = re.compile(rf"([a-z])[{_ACCENTS}](?![\u0300-\u036f])")
_SHARP_S = re.compile(r"(?<=[a-z])ß|ß(?=[a-z])")


def normalise_v1(text: str) -> str:
    """Lower-cased text with punctuation as spaces, squeezed (GenBioEL's and ANGEL's name clean-up)."""
    if text.isascii():  # nearly all names: as bytes, in a third of the time
        return b" ".join(text.encode().translate(_ASCII_BYTES).split()).decode()
    return " ".join(text.lower().translate(_PUNCTUATION).split())


def normalise_v2(text: str) -> str:
    """As v1, whatever form a word is written in: HTML entities, ligatures and full width (NFKC), invisible characters,
    dashes, primes and quotes of any kind, accents of Latin letters."""
    while "&" in text and (plain := unescape(text)) != text:
        text = plain
    if text.isascii():
        return normalise_v1(text)
    compatible = unicodedata.normalize("NFKC", _plain(text))
    return normalise_v1(_without_accents(_plain(compatible).lower()))


def get_normaliser(name: str) -> Normaliser:
    """The normaliser registered as `name`: ours, or one of spaCy's `misc` registry. Raises ConfigError for an unknown
    one."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    from spacy.util import registry

    try:
        make: Callable[[], Normaliser] = registry.get("misc", name)
    except Exception as error:  # catalogue has an error of its own, and lists all names there are
        known = ", ".join(_BUILT_IN)
        raise ConfigError(f"The normaliser {name!r} is not registered: use {known}, or register yours.") from error
    return make()


def _plain(text: str) -> str:
    """Without invisible characters, and a space for what is a dash, a quote, a space or a sign of any kind."""
    return "".join(_PLAIN.get(unicodedata.category(one), one) for one in text.translate(_SIGNS))


def _without_accents(text: str) -> str:
    """Latin letters without their one accent. Two on a letter are tones, which make other words (Vietnamese), and other
    scripts keep theirs."""
    plain = _ACCENTED.sub(r"\1", unicodedata.normalize("NFD", text))
    plain = _SHARP_S.sub("ss", "".join(_LATIN.get(one, one) for one in plain))
    return unicodedata.normalize("NFC", plain)


_BUILT_IN: dict[str, Normaliser] = {PUBLISHED_NORMALISER: normalise_v1, DEFAULT_NORMALISER: normalise_v2}
