"""Sessions over any Hugging Face network: no cache, the whole sequence again at every step."""

from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput


class PlainSession:
    """Over an encoder-decoder. Slow and obviously right; what faster sessions are compared with."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """`input_ids`, `attention_mask` (n_mentions, n_source), right-padded; one decoder prefix a mention."""
        self._model = model.eval()
        self.device: torch.device = input_ids.device
        self._sequences = [list(prefix) for prefix in prefixes]  # of each token: what leads to it, itself included
        self._mention = list(range(len(prefixes)))
        self._read(input_ids, attention_mask)

    @torch.inference_mode()
    def _read(self, input_ids: Tensor, attention_mask: Tensor) -> None:
        self._source_mask = attention_mask
        encoder = self._model.get_encoder()
        self._memory = encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

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
        rows = [torch.tensor(sequence, device=self.device) for sequence in self._sequences[first:]]
        last = torch.tensor([len(row) - 1 for row in rows], device=self.device)
        # A causal decoder never sees what stands to the right, so any id will do as padding.
        logits = self._logits(torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), first)
        scores: Tensor = logits[torch.arange(len(rows), device=self.device), last].float().log_softmax(-1)
        return scores

    def _logits(self, sequences: Tensor, first: int) -> Tensor:
        """(n_tokens, n_longest, vocabulary) for the padded sequences that lead to the tokens from number `first` on."""
        mention = torch.tensor(self._mention[first:], device=self.device)
        logits: Tensor = self._model(
            encoder_outputs=BaseModelOutput(last_hidden_state=self._memory[mention]),
            attention_mask=self._source_mask[mention],
            decoder_input_ids=sequences,
            use_cache=False,
        ).logits
        return logits


class PlainCausalSession(PlainSession):
    """Over a decoder-only network: there is no source, the prefixes are the prompts."""

    def _read(self, input_ids: Tensor, attention_mask: Tensor) -> None:
        pass

    def _logits(self, sequences: Tensor, first: int) -> Tensor:
        logits: Tensor = self._model(input_ids=sequences, use_cache=False).logits
        return logits
