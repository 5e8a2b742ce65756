"""Text around a mention -> token ids. The one format of training and inference; it travels with the model.

Encoder: `<s>` left context START mention END right context `</s>`, lower-cased.
Decoder prefix: `</s>` mention " is" (METHOD of GenBioEL and ANGEL, arXiv 2408.16493, section 3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Protocol

from .errors import ConfigError, ModelError
from .kb.normalise import DEFAULT_NORMALISER, Normaliser, get_normaliser
from .records import Prompt

FORMAT_V1 = "angel_spacy.PromptFormat.v1"


class Encoding(Protocol):
    """What is used of a `tokenizers.Encoding`."""

    @property
    def ids(self) -> list[int]:
        """The token ids."""


class Tokenizer(Protocol):
    """What is used of a `tokenizers.Tokenizer`."""

    def encode_batch_fast(self, texts: list[str], /, *, add_special_tokens: bool) -> Sequence[Encoding]:
        """Token ids of each text; where in the text they lie is not asked."""

    def get_vocab(self) -> dict[str, int]:
        """Token -> id."""

    def decode(self, ids: list[int], /) -> str:
        """The text of tokens."""


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
        if self.name != FORMAT_V1:
            raise ConfigError(
                f"Unknown prompt format {self.name!r}: this version reads {FORMAT_V1!r}. Update angel-spacy."
            )
        if self.context_words < 0:
            raise ConfigError(f"context_words is {self.context_words}: use 0 (no context) or more.")

    def to_dict(self) -> dict[str, Any]:
        """The fields, as stored in `prompt_format.json`."""
        return asdict(self)


@dataclass(frozen=True)
class SpecialTokens:
    """Token ids that a model's config.json names."""

    bos: int
    eos: int
    pad: int
    decoder_start: int


def context_window(text: str, start: int, end: int, n_words: int) -> tuple[str, str]:
    """Left and right context of `text[start:end]`: half of `n_words` a side, unused budget to the other side."""
    # Only a stretch that surely holds enough words is split: a long document costs no more than a short one.
    reach = 40 * n_words + 200
    left = text[max(0, start - reach) : start].split()
    right = text[end : end + reach].split()
    half = n_words // 2
    n_left = min(len(left), max(half, n_words - len(right)))
    n_right = min(len(right), n_words - n_left)
    return " ".join(left[len(left) - n_left :]), " ".join(right[:n_right])


class Prompter:
    """Makes the model input of mentions; every stage of training and every prediction goes through it."""

    def __init__(self, form: PromptFormat, tokenizer: Tokenizer, special: SpecialTokens, max_positions: int) -> None:
        self.form = form
        self.special = special
        self.max_positions = max_positions
        self.normalise: Normaliser = get_normaliser(form.normaliser)
        self._tokenizer = tokenizer
        self._start, self._end, self._copula = self._ids([form.start.lower(), form.end.lower(), form.copula])
        if self._max_mention_tokens < 1:
            raise ModelError(
                f"The model has {max_positions} positions, too few for a mention between its markers: use a larger one."
            )

    @property
    def max_name_tokens(self) -> int:
        """Longest name (with EOS) that fits behind the longest prefix."""
        return self.max_positions // 2

    @property
    def _max_mention_tokens(self) -> int:
        in_prefix = self.max_positions - self.max_name_tokens - len(self._copula) - 1
        in_source = self.max_positions - len(self._start) - len(self._end) - 2
        return min(in_prefix, in_source)

    def prompts(
        self,
        spans: Iterable[tuple[str, int, int]],
        *,
        surfaces: Iterable[str] | None = None,
        context_words: int | None = None,
    ) -> list[Prompt]:
        """One prompt a span `(text, start, end)`; `surfaces` replace the mentions' own text (abbreviations)."""
        n_words = self.form.context_words if context_words is None else context_words
        spans = list(spans)
        words = [text[start:end] for text, start, end in spans] if surfaces is None else list(surfaces)
        mentions = self._ids([self.normalise(word) for word in words])
        sides = [side.lower() for text, start, end in spans for side in context_window(text, start, end, n_words)]
        contexts = self._ids(sides)
        return [self._assemble(contexts[2 * i], mention, contexts[2 * i + 1]) for i, mention in enumerate(mentions)]

    def can_read(self, text: str) -> bool:
        """Whether every letter of `text`, normalised, stands in the text of some token; else the model has learnt
        nothing about it, even where bytes can spell it."""
        return self._alphabet.issuperset(letter for letter in self.normalise(text) if letter.isalpha())

    @cached_property
    def _alphabet(self) -> set[str]:
        return {letter for token in self.vocabulary().values() for letter in self._tokenizer.decode([token])}

    def vocabulary(self) -> dict[str, int]:
        """Token -> id, as the tokenizer has them now."""
        return self._tokenizer.get_vocab()

    def names(self, names: Iterable[str]) -> list[list[int]]:
        """Token ids of already normalised KB names, ended by EOS: the sequences of the trie."""
        return [[*ids, self.special.eos] for ids in self._ids(list(names))]

    def _assemble(self, left: list[int], mention: list[int], right: list[int]) -> Prompt:
        # The marked mention always survives: first its own length is capped, then both contexts give way.
        mention = mention[: self._max_mention_tokens]
        marked = [*self._start, *mention, *self._end]
        room = self.max_positions - 2 - len(marked)
        n_right = min(len(right), max(room // 2, room - len(left)))
        n_left = min(len(left), room - n_right)
        body = [*left[len(left) - n_left :], *marked, *right[:n_right]]
        return Prompt(
            input_ids=(self.special.bos, *body, self.special.eos),
            prefix_ids=(self.special.decoder_start, *mention, *self._copula),
        )

    def _ids(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text with a leading space; none for an empty text."""
        spaced = [f" {text}" if text else "" for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(spaced, add_special_tokens=False)]
