"""A session over any Hugging Face encoder-decoder: no cache, the whole sequence again at every step."""

from collections.abc import Sequence

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
        self._sequences = [list(prefix) for prefix in prefixes]
        self._mention = list(range(len(prefixes)))
        with torch.inference_mode():
            self._memory = model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    def prefill(self) -> Tensor:
        """(n_mentions, vocabulary) float32 log-probabilities behind the prefixes."""
        return self._score()

    def advance(self, tokens: Tensor, parents: Tensor) -> Tensor:
        """Row i extends old row `parents[i]` by `tokens[i]`. (n_rows, vocabulary) float32 log-probabilities."""
        old = parents.tolist()
        self._sequences = [[*self._sequences[row], token] for row, token in zip(old, tokens.tolist(), strict=True)]
        self._mention = [self._mention[row] for row in old]
        return self._score()

    @torch.inference_mode()
    def _score(self) -> Tensor:
        device = self._memory.device
        rows = [torch.tensor(sequence, device=device) for sequence in self._sequences]
        mention = torch.tensor(self._mention, device=device)
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
