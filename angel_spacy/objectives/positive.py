"""The positive objective: cross-entropy of the gold name and its EOS, the given prefix masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class NameBatch:
    """Prompts with one name each, right-padded. S source, T target length, B examples, N name tokens in all."""

    input_ids: Tensor  # (B, S) int64
    attention_mask: Tensor  # (B, S) int64
    decoder_input_ids: Tensor  # (B, T) int64: prefix + name without its EOS
    scored: Tensor  # (B, T) bool: positions whose next token belongs to the name (or is its EOS)
    targets: Tensor  # (N,) int64: those next tokens, row by row


def name_logits(network: Any, batch: NameBatch) -> Tensor:
    """Logits (N, vocabulary) float32 of the scored positions, row by row."""
    inputs = {
        "input_ids": batch.input_ids,
        "attention_mask": batch.attention_mask,
        "decoder_input_ids": batch.decoder_input_ids,
    }
    return scored_logits(network, inputs, batch.scored)


def scored_logits(network: Any, inputs: Mapping[str, Any], scored: Tensor) -> Tensor:
    """Logits (N, vocabulary) float32 at the N true positions of `scored` (rows, T), for a forward pass on `inputs`.

    BART's head is applied to those positions only. Other networks, and those that are wrapped to be spread over
    devices and must see their own `forward` called, compute all logits first.
    """
    if hasattr(network, "final_logits_bias"):
        hidden = network.model(**inputs, use_cache=False).last_hidden_state[scored]
        logits: Tensor = network.lm_head(hidden) + network.final_logits_bias
    else:
        logits = network(**inputs, use_cache=False).logits[scored]
    return logits.float()


def positive_loss(logits: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy a token, scalar float32; logits (N, V), targets (N,); 0 when there is no token.

    With smoothing s the target distribution is (1 - s) one-hot + s / V (Szegedy et al. 2016, section 7).
    """
    if not len(targets):
        return logits.float().sum()
    return torch.nn.functional.cross_entropy(logits.float(), targets, label_smoothing=label_smoothing)
