"""One function for KB names and mentions alike, chosen by a name that is stored with the KB."""

from collections.abc import Callable

Normaliser = Callable[[str], str]

DEFAULT_NORMALISER = "angel_spacy.normalise.v1"

_PUNCTUATION = str.maketrans(dict.fromkeys(",.;{}[]()+-_*/?!`\"'=%><", " "))
_SEPARATORS = "\x1c\x1d\x1e\x1f"  # white space to `str.split`, but not to `bytes.split`
_ASCII = "".join(map(chr, range(256))).lower().translate(_PUNCTUATION | dict.fromkeys(map(ord, _SEPARATORS), " "))
_ASCII_BYTES = _ASCII.encode("latin-1")


def normalise_v1(text: str) -> str:
    """Lower-cased text with punctuation as spaces, squeezed (GenBioEL's and ANGEL's name clean-up)."""
    if text.isascii():  # nearly all names: as bytes, in a third of the time
        return b" ".join(text.encode().translate(_ASCII_BYTES).split()).decode()
    return " ".join(text.lower().translate(_PUNCTUATION).split())


_BUILT_IN: dict[str, Normaliser] = {DEFAULT_NORMALISER: normalise_v1}


def get_normaliser(name: str) -> Normaliser:
    """The normaliser registered as `name`: ours, or one of spaCy's `misc` registry."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    from spacy.util import registry

    make: Callable[[], Normaliser] = registry.get("misc", name)
    return make()
