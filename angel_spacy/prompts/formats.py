"""The words of a prompt, as stored in `prompt_format.json`. Each format has a name that says how they are put together.

`angel_spacy.PromptFormat.v1`, for encoder-decoders (GenBioEL; ANGEL, arXiv 2408.16493, section 3):

    encoder  <s> left context START mention END right context </s>
    decoder  </s> mention is

`angel_spacy.CausalPromptFormat.v1`, for decoder-only networks:

    <s> BEFORE left context START mention END right context BETWEEN mention is

What the name lacks is left out where a model has no such token.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import ConfigError
from ..kb.normalise import DEFAULT_NORMALISER, PUBLISHED_NORMALISER

FORMAT_V1 = "angel_spacy.PromptFormat.v1"
CAUSAL_V1 = "angel_spacy.CausalPromptFormat.v1"


@dataclass(frozen=True)
class PromptFormat:
    """The words of the format. `context_words` is the budget of both sides together."""

    start: str = "START"
    end: str = "END"
    copula: str = "is"
    context_words: int = 384
    normaliser: str = DEFAULT_NORMALISER
    name: str = FORMAT_V1

    def __post_init__(self) -> None:
        expected = FORMAT_V1 if type(self) is PromptFormat else CAUSAL_V1
        if self.name != expected:
            raise ConfigError(
                f"Unknown prompt format {self.name!r}: this version reads {expected!r}. Update angel-spacy."
            )
        if self.context_words < 0:
            raise ConfigError(f"context_words is {self.context_words}: use 0 (no context) or more.")

    def to_dict(self) -> dict[str, Any]:
        """The fields, as stored in `prompt_format.json`."""
        return asdict(self)


@dataclass(frozen=True)
class CausalPromptFormat(PromptFormat):
    """The same for a network that reads and writes one text. `before` and `between` stand there as they are written,
    special tokens and line breaks included: an instruction, what a chat model begins a turn with."""

    before: str = ""
    between: str = "\n"
    name: str = CAUSAL_V1


def published_format(context_words: int = 384) -> PromptFormat:
    """That of the published BART checkpoints (GenBioEL, ANGEL)."""
    return PromptFormat(context_words=context_words, normaliser=PUBLISHED_NORMALISER)


def format_from_dict(fields: Mapping[str, Any]) -> PromptFormat:
    """The format that `to_dict` describes. Raises ConfigError for one that is not known."""
    kind = CausalPromptFormat if fields.get("name") == CAUSAL_V1 else PromptFormat
    try:
        return kind(**fields)
    except TypeError as error:
        raise ConfigError(f"This prompt format cannot be read ({error}). Restore prompt_format.json.") from error
