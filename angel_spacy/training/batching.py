"""Examples -> padded tensors, through the same prompter as inference."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..models.generator import pad
from ..prompts import Prompter
from .examples import Example


class Collator:
    """Makes a NameBatch of examples. `noisy` may be a prompter whose tokenizer drops merges (BPE-dropout)."""

    def __init__(self, prompter: Prompter, noisy: Prompter | None = None) -> None:
        self._prompter = prompter
        self._noisy = noisy or prompter

    def __call__(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        """The fields of a NameBatch."""
        prompts = self._noisy.prompts([(example.text, example.start, example.end) for example in examples])
        limit = self._prompter.max_name_tokens
        names = [name[:limit] for name in self._prompter.names(example.target for example in examples)]
        special = self._prompter.special
        input_ids, attention_mask = pad([prompt.input_ids for prompt in prompts], special.pad)
        decoder_rows = [(*prompt.prefix_ids, *name[:-1]) for prompt, name in zip(prompts, names, strict=True)]
        decoder_input_ids, present = pad(decoder_rows, special.pad)
        first = torch.tensor([len(prompt.prefix_ids) - 1 for prompt in prompts])
        positions = torch.arange(decoder_input_ids.shape[1])
        return {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "decoder_input_ids": decoder_input_ids,
            "scored": (positions >= first[:, None]) & present.bool(),
            "targets": torch.tensor([token for name in names for token in name]),
        }
