"""Given names -> their log-probabilities: what training minimises, and whoever asks how likely a name is."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput


@dataclass(frozen=True)
class NameBatch:
    """B prompts with K names each, right-padded; decoder row K * i + k is the k-th name of prompt i.

    S source (0: all is in the decoder's rows), T target length, N name tokens of all rows.
    """

    input_ids: Tensor  # (B, S) int64
    attention_mask: Tensor  # (B, S) int64
    decoder_input_ids: Tensor  # (B * K, T) int64: prefix + name without its EOS
    scored: Tensor  # (B * K, T) bool: positions whose next token belongs to the name (or is its EOS)
    targets: Tensor  # (N,) int64: those next tokens, row by row

    @property
    def n_names(self) -> int:
        """K."""
        return len(self.scored) // len(self.input_ids)

    @property
    def lengths(self) -> Tensor:
        """(B, K) float32: tokens of each name and its EOS."""
        return self.scored.sum(1).view(-1, self.n_names).float()

    def to(self, device: torch.device) -> "NameBatch":
        """The batch on a device."""
        return NameBatch(**{name: values.to(device) for name, values in vars(self).items()})


def name_log_probs(network: Any, batch: NameBatch) -> Tensor:
    """(B, K) float32 log-probabilities of the names: summed over name tokens + EOS, prefix excluded."""
    tokens = name_logits(network, batch).log_softmax(-1).gather(1, batch.targets[:, None])[:, 0]
    rows = batch.scored.nonzero()[:, 0]
    sums = torch.zeros(len(batch.scored), dtype=torch.float32, device=tokens.device).index_add(0, rows, tokens)
    return sums.view(-1, batch.n_names)


def name_logits(network: Any, batch: NameBatch) -> Tensor:
    """Logits (N, vocabulary) float32 of the scored positions, row by row.

    BART's head is applied to those positions only. Other networks, and those that are wrapped to be spread over
    devices and must see their own `forward` called, compute all logits first. A decoder-only network reads its prompt
    and the name as one row.
    """
    if not batch.input_ids.shape[1]:
        all_logits: Tensor = network(input_ids=batch.decoder_input_ids, use_cache=False).logits
        return all_logits[batch.scored].float()
    inputs = {**_source(network, batch), "decoder_input_ids": batch.decoder_input_ids, "use_cache": False}
    if hasattr(network, "final_logits_bias"):
        hidden = network.model(**inputs).last_hidden_state[batch.scored]
        logits: Tensor = network.lm_head(hidden) + network.final_logits_bias
    else:
        logits = network(**inputs).logits[batch.scored]
    return logits.float()


def _source(network: Any, batch: NameBatch) -> dict[str, Any]:
    """What the decoder's rows read; the encoder runs once a prompt."""
    prompts = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    if batch.n_names == 1:
        return prompts
    encoder = getattr(network, "module", network).get_encoder()  # a network spread over devices wraps ours
    encoded = encoder(**prompts).last_hidden_state.repeat_interleave(batch.n_names, dim=0)
    mask = batch.attention_mask.repeat_interleave(batch.n_names, dim=0)
    return {"encoder_outputs": BaseModelOutput(last_hidden_state=encoded), "attention_mask": mask}
