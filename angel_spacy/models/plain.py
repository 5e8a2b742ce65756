"""A session over any Hugging Face encoder-decoder: no cache, the whole sequence again at every step."""

from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput


class PlainSession:
    """Slow and obviously right; what faster sessions are compared with."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """`input_ids`, `attention_mask` (n_mentions, n_source), right-padded; one decoder prefix a mention."""
        self._model = model.eval()
        self._source_mask = attention_mask
        self._sequences = [list(prefix) for prefix in prefixes]  # of each token: what leads to it, itself included
        self._mention = list(range(len(prefixes)))
        with torch.inference_mode():
            self._memory = model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    @property
    def device(self) -> torch.device:
        """Where its tensors are."""
        device: torch.device = self._memory.device
        return device

    def prefill(self, asked: tuple[Tensor, Tensor]) -> Tensor:
        """(n_asked,) float32 log-probabilities behind the prefixes."""
        return self._score(0)[asked]

    def advance(self, tokens: Tensor, lengths: Tensor, parents: Tensor, asked: tuple[Tensor, Tensor]) -> Tensor:
        """Reads paths that continue the tokens `parents`. (n_asked,) float32 log-probabilities."""
        first, rest = len(self._sequences), iter(tokens.tolist())
        for parent, length in zip(parents.tolist(), lengths.tolist(), strict=True):
            sequence = self._sequences[parent]
            for _ in range(length):
                sequence = [*sequence, next(rest)]
                self._sequences.append(sequence)
                self._mention.append(self._mention[parent])
        return self._score(first)[asked]

    def fresh(self) -> "PlainSession":
        """Another one over the same sources, for one that has read nothing yet."""
        other = copy(self)
        other._sequences, other._mention = list(self._sequences), list(self._mention)
        return other

    def keep(self, mentions: Tensor) -> None:
        """Nothing is kept that could be thrown away."""

    @torch.inference_mode()
    def _score(self, first: int) -> Tensor:
        """(n_tokens, vocabulary) log-probabilities behind the tokens from number `first` on."""
        device = self._memory.device
        rows = [torch.tensor(sequence, device=device) for sequence in self._sequences[first:]]
        mention = torch.tensor(self._mention[first:], device=device)
        last = torch.tensor([len(row) - 1 for row in rows], device=device)
        # A causal decoder never sees what stands to the right, so any id will do as padding.
        logits = self._model(
            encoder_outputs=BaseModelOutput(last_hidden_state=self._memory[mention]),
            attention_mask=self._source_mask[mention],
            decoder_input_ids=torch.nn.utils.rnn.pad_sequence(rows, batch_first=True),
            use_cache=False,
        ).logits
        scores: Tensor = logits[torch.arange(len(rows), device=device), last].float().log_softmax(-1)
        return scores
