"""scispaCy's tokenizer under a registered name, so that a saved pipeline finds it without an import."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokenizer import Tokenizer

_MODIFIERS = (
    "allergic|avid|deficient|dependent|free|like|naive|negative|positive|resistant|responsive|sensitive|specific"
)
_HYPHEN = rf"(?<=[A-Za-z0-9)\]])-(?=(?:[a-z]*(?:ed|ing)|{_MODIFIERS})\b)"


def make_sci_tokenizer(split_modifiers: bool = False) -> Callable[[Language], Tokenizer]:
    """A function that gives `nlp` scispaCy's tokenizer (registered as `angel_spacy.SciTokenizer.v1`).

    scispaCy keeps hyphenated words whole. With `split_modifiers` the hyphen of "lithium-induced" or "insulin-dependent"
    is a token of its own: what is induced by lithium is a mention of lithium.
    """
    return partial(_sci_tokenizer, split_modifiers=split_modifiers)


def _sci_tokenizer(nlp: Language, split_modifiers: bool) -> Tokenizer:
    """scispaCy's rules need a tokenizer to read spaCy's own exceptions from; a new `nlp` has none yet."""
    from scispacy.custom_tokenizer import combined_rule_tokenizer
    from spacy.util import registry

    if not hasattr(nlp, "tokenizer"):
        nlp.tokenizer = registry.get("tokenizers", "spacy.Tokenizer.v1")()(nlp)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Possible set union", category=FutureWarning)  # in scispaCy's rules
        tokenizer: Tokenizer = combined_rule_tokenizer(nlp)
    if split_modifiers:
        infixes = tokenizer.infix_finditer.__self__.pattern
        tokenizer.infix_finditer = re.compile(f"{infixes}|{_HYPHEN}").finditer
    return tokenizer
