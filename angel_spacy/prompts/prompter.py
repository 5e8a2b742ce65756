"""A mention in its text -> token ids, by a format."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from ..errors import ModelError
from ..kb.normalise import Normaliser, get_normaliser
from ..records import Prompt
from .formats import CausalPromptFormat, PromptFormat
from .window import context_window


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

    def get_added_tokens_decoder(self) -> Mapping[int, Any]:
        """The tokens that are no part of the model's own vocabulary, special ones among them."""

    def id_to_token(self, id: int, /) -> str | None:  # noqa: A002 the name of the library
        """The token of an id."""

    def decode(self, ids: list[int], /) -> str:
        """The text of tokens."""


@dataclass(frozen=True)
class SpecialTokens:
    """Token ids that a model's config.json names; not every kind of model has a `bos` or a `decoder_start`."""

    bos: int | None
    eos: int
    pad: int
    decoder_start: int | None = None


class Prompter:
    """Makes the model input of mentions; every stage of training and every prediction goes through it."""

    def __init__(self, form: PromptFormat, tokenizer: Tokenizer, special: SpecialTokens, max_positions: int) -> None:
        self.form = form
        self.special = special
        self.max_positions = max_positions
        self.normalise: Normaliser = get_normaliser(form.normaliser)
        self._tokenizer = tokenizer
        self._bos = () if special.bos is None else (special.bos,)
        self._space = "" if self._spaces_itself() else " "
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
        in_source = self.max_positions - len(self._start) - len(self._end) - len(self._bos) - 1
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
        body = self._in_context(left, mention, right, self.max_positions - len(self._bos) - 1)
        return Prompt(
            input_ids=(*self._bos, *body, self.special.eos),
            prefix_ids=(self.special.decoder_start or 0, *mention, *self._copula),
        )

    def _in_context(self, left: list[int], mention: list[int], right: list[int], room: int) -> list[int]:
        """The marked mention with as much of its contexts as makes at most `room` tokens."""
        marked = [*self._start, *mention, *self._end]
        room -= len(marked)
        n_right = min(len(right), max(room // 2, room - len(left)))
        n_left = min(len(left), room - n_right)
        return [*left[len(left) - n_left :], *marked, *right[:n_right]]

    def _ids(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text with a leading space; none for an empty text."""
        return self._encoded([f"{self._space}{text}" if text else "" for text in texts])

    def _encoded(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _spaces_itself(self) -> bool:
        """Whether the tokenizer puts a space before a text, as those made with sentencepiece do."""
        first = self._encoded(["x"])[0][:1]
        return bool(first) and (self._tokenizer.id_to_token(first[0]) or "").startswith("\u2581")


class CausalPrompter(Prompter):
    """The same for a network without an encoder: all is prefix, and there is no source."""

    def __init__(
        self, form: CausalPromptFormat, tokenizer: Tokenizer, special: SpecialTokens, max_positions: int
    ) -> None:
        self._tokenizer = tokenizer
        self._before, self._between = self._written(form.before), self._written(form.between)
        super().__init__(form, tokenizer, special, max_positions)

    @property
    def _max_mention_tokens(self) -> int:
        fixed = (self._bos, self._before, self._start, self._end, self._between, self._copula)
        return (self.max_positions - self.max_name_tokens - sum(map(len, fixed))) // 2  # it stands there twice

    def _assemble(self, left: list[int], mention: list[int], right: list[int]) -> Prompt:
        mention = mention[: self._max_mention_tokens]
        asked = [*self._between, *mention, *self._copula]
        n_others = self.max_name_tokens + len(self._bos) + len(self._before) + len(asked)
        body = self._in_context(left, mention, right, self.max_positions - n_others)
        return Prompt(input_ids=(), prefix_ids=(*self._bos, *self._before, *body, *asked))

    def _written(self, text: str) -> list[int]:
        """Token ids of a text as it is, special tokens read as such."""
        added = {token.content: id_ for id_, token in self._tokenizer.get_added_tokens_decoder().items()}
        if not added:
            return self._encoded([text])[0] if text else []
        parts = re.split("(" + "|".join(map(re.escape, sorted(added, key=len, reverse=True))) + ")", text)
        pieces = [[added[part]] if part in added else self._encoded([part])[0] for part in parts if part]
        return [id_ for piece in pieces for id_ in piece]


def prompter_for(form: PromptFormat, tokenizer: Tokenizer, special: SpecialTokens, max_positions: int) -> Prompter:
    """The prompter of a format. Raises ModelError for a model with too few positions."""
    if isinstance(form, CausalPromptFormat):
        return CausalPrompter(form, tokenizer, special, max_positions)
    return Prompter(form, tokenizer, special, max_positions)
