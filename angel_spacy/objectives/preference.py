"""The preference objective: direct preference optimisation of a right name over a wrong one."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from .dropout import dropout_at
from .positive import scored_logits


@dataclass(frozen=True)
class PairBatch:
    """Prompts with two names each. P pairs; row 2i of the decoder is pair i's chosen name, row 2i + 1 its rejected one.

    S source, T target length, N name tokens of all rows.
    """

    input_ids: Tensor  # (P, S) int64
    attention_mask: Tensor  # (P, S) int64
    decoder_input_ids: Tensor  # (2P, T) int64: prefix + name without its EOS
    scored: Tensor  # (2P, T) bool: positions whose next token belongs to the name (or is its EOS)
    targets: Tensor  # (N,) int64: those next tokens, row by row

    @property
    def lengths(self) -> Tensor:
        """(P, 2) float32: tokens of each name and its EOS."""
        return self.scored.sum(1).view(-1, 2).float()


def pair_log_probs(network: Any, batch: PairBatch) -> Tensor:
    """(P, 2) float32 log-probabilities of chosen and rejected names: summed over name tokens + EOS, prefix excluded.

    The encoder runs once a pair.
    """
    encoder = getattr(network, "module", network).get_encoder()  # a network spread over devices wraps ours
    encoded = encoder(input_ids=batch.input_ids, attention_mask=batch.attention_mask).last_hidden_state
    inputs = {
        "encoder_outputs": BaseModelOutput(last_hidden_state=encoded.repeat_interleave(2, dim=0)),
        "attention_mask": batch.attention_mask.repeat_interleave(2, dim=0),
        "decoder_input_ids": batch.decoder_input_ids,
    }
    logits = scored_logits(network, inputs, batch.scored)
    tokens = logits.log_softmax(-1).gather(1, batch.targets[:, None])[:, 0]
    rows = batch.scored.nonzero()[:, 0]
    sums = torch.zeros(len(batch.scored), dtype=torch.float32, device=tokens.device).index_add(0, rows, tokens)
    return sums.view(-1, 2)


def preference_margin(policy: Tensor, reference: Tensor) -> Tensor:
    """(P,) how much more than the reference the policy prefers the chosen name, in nats; both (P, 2)."""
    gained = policy - reference
    return gained[:, 0] - gained[:, 1]


def preference_loss(policy: Tensor, reference: Tensor, *, beta: float) -> Tensor:
    """Scalar -log sigmoid(beta * margin), mean over pairs (Rafailov et al. 2023, equation 7); both (P, 2)."""
    return -torch.nn.functional.logsigmoid(beta * preference_margin(policy, reference)).mean()


def positive_term(policy: Tensor, lengths: Tensor) -> Tensor:
    """Scalar: minus the chosen names' mean log-probability a token, mean over pairs; both (P, 2).

    Added to the preference loss it keeps the chosen names likely, not only likelier than the rejected ones
    (Pang et al. 2024, equation 1).
    """
    return -(policy[:, 0] / lengths[:, 0]).mean()


def without_dropout(network: Any) -> AbstractContextManager[None]:
    """Within, the network draws nothing at random, in training mode too (so that its checkpointing works)."""
    return dropout_at(network, 0.0)
