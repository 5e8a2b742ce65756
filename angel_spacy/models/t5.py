"""A session over T5, mT5, Flan-T5 and ByT5: relative positions, a bias that all layers share."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import MT5ForConditionalGeneration, PreTrainedModel, T5ForConditionalGeneration

from .cross_attention import CrossAttentionSession, Projections
from .output_layer import NextTokens
from .tree import Grid


def supports_t5_session(model: PreTrainedModel) -> bool:
    """Whether `T5Session` knows this architecture."""
    return type(model) in (T5ForConditionalGeneration, MT5ForConditionalGeneration)


class T5Session(CrossAttentionSession):
    """Incremental decoding with a `T5ForConditionalGeneration`."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """As `CrossAttentionSession`."""
        network: Any = model
        self._decoder: Any = network.decoder
        is_scaled = getattr(network.config, "scale_decoder_outputs", False)
        scale = network.model_dim**-0.5 if is_scaled else 1.0
        self._next = NextTokens(_Scaled(network.lm_head, scale), torch.zeros(1))
        super().__init__(model, input_ids, attention_mask, prefixes)
        self._positions = torch.zeros(len(prefixes), 0, dtype=torch.long, device=input_ids.device)  # (M, P)

    def _attentions(self, model: Any) -> list[tuple[Projections, Projections]]:
        layers = [block.layer for block in model.decoder.block]
        return [(_projections(own.SelfAttention), _projections(cross.EncDecAttention)) for own, cross, _ in layers]

    def _decode(
        self, tokens: Tensor, position: Tensor, place: Tensor, grid: Grid, visible: Tensor, wanted: Tensor | None
    ) -> Tensor:
        decoder = self._decoder
        hidden: Tensor = decoder.embed_tokens(tokens)
        self._positions[grid.block, place] = position
        mask = self._bias(grid, position) + grid.mask(visible, hidden.dtype)
        for block, memory in zip(decoder.block, self._memories, strict=True):
            own, cross, forward = block.layer
            hidden = hidden + memory.read(grid, place, own.layer_norm(hidden), mask)
            hidden = hidden + memory.look(grid, cross.layer_norm(hidden), self._source_mask)
            hidden = hidden + forward.DenseReluDense(forward.layer_norm(hidden))
        hidden = hidden if wanted is None else hidden[wanted]
        normed: Tensor = decoder.final_layer_norm(hidden)
        return normed

    def _bias(self, grid: Grid, position: Tensor) -> Tensor:
        """(M, H, B, P) what the distance of a token to each place of its block adds to attention scores."""
        attention = self._decoder.block[0].layer[0].SelfAttention
        buckets = attention._relative_position_bucket(
            self._positions[:, None] - grid.table(position)[:, :, None],
            bidirectional=False,
            num_buckets=attention.relative_attention_num_buckets,
            max_distance=attention.relative_attention_max_distance,
        )
        bias: Tensor = attention.relative_attention_bias(buckets)
        return bias.permute(0, 3, 1, 2)

    def _log_probs(self, states: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        return self._next.log_probs(states, rows, tokens)

    def _grow(self, n_places: int) -> None:
        super()._grow(n_places)
        self._positions = torch.nn.functional.pad(self._positions, (0, n_places - self._positions.shape[1]))

    def _keep_blocks(self, blocks: Tensor) -> None:
        super()._keep_blocks(blocks)
        self._positions = self._positions[blocks]


class _Scaled:
    """An output layer whose input is scaled, as where it shares the embeddings' weights."""

    def __init__(self, head: Any, scale: float) -> None:
        self._head, self._scale = head, scale

    def __call__(self, hidden: Tensor) -> Tensor:
        logits: Tensor = self._head(hidden if self._scale == 1 else hidden * self._scale)
        return logits


def _projections(attention: Any) -> Projections:
    return Projections(attention.q, attention.k, attention.v, attention.o, n_heads=attention.n_heads, scaling=1)
