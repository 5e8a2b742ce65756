"""Examples -> padded tensors, through the same prompter as inference."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from ..models.generator import pad
from ..prompts import Prompter
from ..records import Prompt
from .answers import Answer
from .examples import Example
from .pairs import PreferencePair


class Collator:
    """Makes a NameBatch of examples. `noisy` may be a prompter whose tokenizer drops merges (BPE-dropout)."""

    def __init__(self, prompter: Prompter, noisy: Prompter | None = None) -> None:
        self._prompter = prompter
        self._noisy = noisy or prompter

    def __call__(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        """The fields of a NameBatch."""
        prompts = self._noisy.prompts([(example.text, example.start, example.end) for example in examples])
        return name_fields(self._prompter, prompts, [example.target for example in examples], n_names=1)


class PairCollator:
    """Makes a NameBatch of preference pairs: two names a prompt, the chosen one first."""

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter

    def __call__(self, pairs: Sequence[PreferencePair]) -> dict[str, Tensor]:
        """The fields of a NameBatch."""
        prompts = self._prompter.prompts([(pair.text, pair.start, pair.end) for pair in pairs])
        names = [name for pair in pairs for name in (pair.chosen, pair.rejected)]
        return name_fields(self._prompter, prompts, names, n_names=2)


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """A teacher's answer as token ids: drawn often, read once."""

    prompt: Prompt
    names: tuple[list[int], ...]
    weights: tuple[float, ...]


def as_tokens(prompter: Prompter, answers: Sequence[Answer]) -> list[ReadAnswer]:
    """The answers as token ids."""
    prompts = prompter.prompts([(answer.text, answer.start, answer.end) for answer in answers])
    tokens = iter(_name_tokens(prompter, [name for answer in answers for name in answer.names]))
    names = (tuple(islice(tokens, len(answer.names))) for answer in answers)
    return [
        ReadAnswer(prompt, own, answer.weights) for answer, prompt, own in zip(answers, prompts, names, strict=True)
    ]


class AnswerCollator:
    """Makes a NameBatch of a teacher's answers: as many names a prompt as the longest answer has, the best first, with
    `weights` (B, K) that are zero where an answer has fewer."""

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter

    def __call__(self, answers: Sequence[ReadAnswer]) -> dict[str, Tensor]:
        """The fields of a NameBatch, and the weights."""
        n_names = max(len(answer.names) for answer in answers)
        missing = [n_names - len(answer.names) for answer in answers]
        names = [
            name for answer, n in zip(answers, missing, strict=True) for name in (*answer.names, *answer.names[:1] * n)
        ]
        weights = [(*answer.weights, *(0.0,) * n) for answer, n in zip(answers, missing, strict=True)]
        fields = _fields(self._prompter, [answer.prompt for answer in answers], names, n_names=n_names)
        return {**fields, "weights": torch.tensor(weights)}


def name_fields(
    prompter: Prompter, prompts: Sequence[Prompt], names: Sequence[str], *, n_names: int
) -> dict[str, Tensor]:
    """Tensors of prompts with `n_names` names each, which follow one another in `names`."""
    return _fields(prompter, prompts, _name_tokens(prompter, names), n_names=n_names)


def _name_tokens(prompter: Prompter, names: Sequence[str]) -> list[list[int]]:
    return [name[: prompter.max_name_tokens] for name in prompter.names(names)]


def _fields(
    prompter: Prompter, prompts: Sequence[Prompt], tokens: Sequence[list[int]], *, n_names: int
) -> dict[str, Tensor]:
    special = prompter.special
    prefixes = [prompt.prefix_ids for prompt in prompts for _ in range(n_names)]
    input_ids, attention_mask = pad([prompt.input_ids for prompt in prompts], special.pad)
    decoder_rows = [(*prefix, *name[:-1]) for prefix, name in zip(prefixes, tokens, strict=True)]
    decoder_input_ids, present = pad(decoder_rows, special.pad)
    first = torch.tensor([len(prefix) - 1 for prefix in prefixes])
    positions = torch.arange(decoder_input_ids.shape[1])
    return {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "decoder_input_ids": decoder_input_ids,
        "scored": (positions >= first[:, None]) & present.bool(),
        "targets": torch.tensor([token for name in tokens for token in name]),
    }
