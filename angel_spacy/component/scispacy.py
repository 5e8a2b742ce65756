"""What is taken from scispaCy: its tokenizer's rules, and its abbreviation detector (Schwartz and Hearst 2003)."""

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


def _sci_tokenizer(nlp: Language, split_modifiers: bool, clean: bool) -> Tokenizer:
    """scispaCy's rules need a tokenizer to read spaCy's own exceptions from; a new `nlp` has none yet."""
    from scispacy.custom_tokenizer import combined_rule_tokenizer
    from spacy.util import registry

    if not hasattr(nlp, "tokenizer"):
        nlp.tokenizer = registry.get("tokenizers", "spacy.Tokenizer.v1")()(nlp)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Possible set union", category=FutureWarning)  # in scispaCy's rules
        tokenizer: Tokenizer = combined_rule_tokenizer(nlp)
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
        from scispacy.abbreviation import AbbreviationDetector

        self._detector = AbbreviationDetector(nlp, name, make_serializable=True)

    def __call__(self, doc: Doc) -> Doc:
        """The Doc with the abbreviations that it defines."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"\[W036\]")  # its matcher is empty until one is defined
            return self._detector(doc)
