"""What is taken from scispaCy, where it can be installed: its tokenizer's rules, and its abbreviation detector
(Schwartz and Hearst 2003). Elsewhere our own counterparts do the same."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from .clean_tokenizer import CleanTokenizer
from .detected import abbreviations
from .sci_rules import own_tokenizer

_MANY_BRACKETS = 1000  # scispaCy's detector takes time that grows with the square of those that nothing closes
_MODIFIERS = (
    "allergic|avid|deficient|dependent|free|like|naive|negative|positive|resistant|responsive|sensitive|specific"
)
_MODIFIED = rf"-(?=(?:[a-z]*(?:ed|ing)|{_MODIFIERS})\b)"
_HYPHEN = rf"(?<=[A-Za-z0-9)\]]){_MODIFIED}"
_OPENED = rf"^[(\[](?=[^\s()\[\]]+[)\]]{_MODIFIED})"
_CLOSED = "|".join(rf"(?<=^[^\s()\[\]]{{{n}}})[)\]](?={_MODIFIED})" for n in range(1, 16))  # behind letters alone


def make_sci_tokenizer(split_modifiers: bool = False, clean: bool = False) -> Callable[[Language], Tokenizer]:
    """A function that gives `nlp` scispaCy's tokenizer (registered as `angel_spacy.SciTokenizer.v1`).

    scispaCy keeps hyphenated words whole. With `split_modifiers` the hyphen of "lithium-induced" or "insulin-dependent"
    is a token of its own: what is induced by lithium is a mention of lithium; so are the brackets of "(NTG)-induced".
    With `clean` tokens are those of the
    clean text, and what stands for no character of it is a token of its own.
    """
    return partial(_sci_tokenizer, split_modifiers=split_modifiers, clean=clean)


def scispacys_tokenizer(nlp: Language) -> Tokenizer:
    """scispaCy's own. Raises ImportError where scispaCy is absent."""
    from scispacy.custom_tokenizer import combined_rule_tokenizer

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Possible set union", category=FutureWarning)  # in scispaCy's rules
        return combined_rule_tokenizer(nlp)


def scispacys_detector(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """scispaCy's own, which leaves plain dicts. Raises ImportError where scispaCy is absent."""
    from scispacy.abbreviation import AbbreviationDetector

    return AbbreviationDetector(nlp, name, make_serializable=True)  # type: ignore[no-any-return]


def own_detector(doc: Doc) -> Doc:
    """Sets `doc._.abbreviations` as scispaCy's detector does."""
    if not Doc.has_extension("abbreviations"):
        Doc.set_extension("abbreviations", default=[])
    doc._.abbreviations = abbreviations(doc)
    return doc


def _sci_tokenizer(nlp: Language, split_modifiers: bool, clean: bool) -> Tokenizer:
    """The rules need a tokenizer to read spaCy's own exceptions from; a new `nlp` has none yet."""
    from spacy.util import registry

    if not hasattr(nlp, "tokenizer"):
        nlp.tokenizer = registry.get("tokenizers", "spacy.Tokenizer.v1")()(nlp)
    try:
        tokenizer = scispacys_tokenizer(nlp)
    except ImportError:
        tokenizer = own_tokenizer(nlp)
    if split_modifiers:
        infixes, prefixes = tokenizer.infix_finditer.__self__.pattern, tokenizer.prefix_search.__self__.pattern
        tokenizer.infix_finditer = re.compile(f"{infixes}|{_HYPHEN}|{_CLOSED}").finditer
        tokenizer.prefix_search = re.compile(f"{_OPENED}|{prefixes}").search
    if not clean:
        return tokenizer
    return CleanTokenizer(
        tokenizer.vocab,
        tokenizer.rules,
        tokenizer.prefix_search,
        tokenizer.suffix_search,
        tokenizer.infix_finditer,
        tokenizer.token_match,
    )


class Abbreviations:
    """Sets `doc._.abbreviations` to plain dicts, which `to_bytes` and worker processes can carry."""

    def __init__(self, nlp: Any, name: str) -> None:
        try:
            self._detector = scispacys_detector(nlp, name)
        except ImportError:
            self._detector = own_detector

    def __call__(self, doc: Doc) -> Doc:
        """The Doc with the abbreviations that it defines."""
        if doc.text.count("(") > _MANY_BRACKETS:
            return own_detector(doc)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"\[W036\]")  # its matcher is empty until one is defined
            return self._detector(doc)
