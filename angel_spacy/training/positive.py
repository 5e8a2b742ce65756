"""The positive objective: cross-entropy of the gold name and its EOS, the given prefix masked."""

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
    """Logits (N, vocabulary) float32 of the scored positions, row by row.

    BART's head is applied to those positions only; other networks compute all logits first.
    """
    inputs = {
        "input_ids": batch.input_ids,
        "attention_mask": batch.attention_mask,
        "decoder_input_ids": batch.decoder_input_ids,
        "use_cache": False,
    }
    if hasattr(network, "final_logits_bias"):
        hidden = network.model(**inputs).last_hidden_state[batch.scored]
        logits = network.lm_head(hidden) + network.final_logits_bias
    else:
        logits = network(**inputs).logits[batch.scored]
    scored: Tensor = logits.float()
    return scored


def positive_loss(logits: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy a token, scalar float32; logits (N, V), targets (N,).

    With smoothing s the target distribution is (1 - s) one-hot + s / V (Szegedy et al. 2016, section 7).
    """
    return torch.nn.functional.cross_entropy(logits.float(), targets, label_smoothing=label_smoothing)
