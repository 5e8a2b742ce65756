"""The output layer: hidden states in, log-probabilities of a few tokens out, exact over the whole vocabulary."""

from typing import Any

import torch
from torch import Tensor

_ROWS = 128
"""Rows at a time: few enough for the processor's cache and for memory that is used again, enough for dense products."""


class NextTokens:
    """The head of a model. Letters in shapes: N rows, E width, V vocabulary."""

    def __init__(self, head: Any, bias: Tensor) -> None:
        """`head` maps (N, E) to (N, V) logits, to which `bias` (1, V) is added."""
        self._head = head
        self._bias = bias if bool(bias.any()) else None
        self._scores = torch.empty(0)

    def log_probs(self, hidden: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        """float32 log-probabilities of `tokens` (n,) behind the states `hidden` (N, E) numbered `rows` (n,), ascending.

        The softmax is over all V tokens; only the asked ones are kept.
        """
        if hidden.device.type != "cpu" or len(hidden) <= _ROWS:
            return self._all(hidden)[rows, tokens]
        starts = torch.arange(0, len(hidden) + _ROWS, _ROWS)
        bounds = torch.searchsorted(rows, starts).tolist()
        parts = []
        for start, first, last in zip(starts.tolist(), bounds, bounds[1:], strict=False):
            scores = self._all(hidden[start : start + _ROWS])
            parts.append(scores[rows[first:last] - start, tokens[first:last]])
        return torch.cat(parts)

    def _all(self, hidden: Tensor) -> Tensor:
        """(N, V) float32."""
        logits = self._head(hidden)
        if self._bias is not None:
            logits = logits + self._bias
        if hidden.device.type != "cpu":
            return torch.log_softmax(logits, -1, dtype=torch.float32)
        if len(self._scores) < len(logits):
            self._scores = logits.new_empty(logits.shape, dtype=torch.float32)
        return torch.log_softmax(logits.float(), -1, out=self._scores[: len(logits)])
