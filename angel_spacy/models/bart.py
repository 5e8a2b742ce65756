"""A session over BART, mBART and their kin that computes nothing twice and copies next to nothing."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.nn.functional import embedding
from transformers import BartForConditionalGeneration, MBartForConditionalGeneration, PreTrainedModel

from .cross_attention import CrossAttentionSession, Projections
from .output_layer import NextTokens
from .tree import Grid


def supports_bart_session(model: PreTrainedModel) -> bool:
    """Whether `BartSession` knows this architecture."""
    return type(model) in (BartForConditionalGeneration, MBartForConditionalGeneration)


class BartSession(CrossAttentionSession):
    """Incremental decoding with a `BartForConditionalGeneration`, or an MBart one (layer norms before the sums, and one
    more at the end)."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """As `CrossAttentionSession`."""
        network: Any = model
        self._decoder: Any = network.model.decoder
        self._norms_first = isinstance(model, MBartForConditionalGeneration)
        self._next = NextTokens(network.lm_head, network.final_logits_bias)
        super().__init__(model, input_ids, attention_mask, prefixes)

    def _attentions(self, model: Any) -> list[tuple[Projections, Projections]]:
        layers = model.model.decoder.layers
        return [(_projections(layer.self_attn), _projections(layer.encoder_attn)) for layer in layers]

    def _decode(
        self, tokens: Tensor, position: Tensor, place: Tensor, grid: Grid, visible: Tensor, wanted: Tensor | None
    ) -> Tensor:
        decoder = self._decoder
        places = embedding(position + decoder.embed_positions.offset, decoder.embed_positions.weight)
        hidden: Tensor = decoder.layernorm_embedding(decoder.embed_tokens(tokens) + places)
        mask = grid.mask(visible, hidden.dtype)
        for layer, memory in zip(decoder.layers, self._memories, strict=True):
            norm = layer.self_attn_layer_norm
            hidden = self._after(norm, hidden, memory.read(grid, place, self._before(norm, hidden), mask))
            norm = layer.encoder_attn_layer_norm
            hidden = self._after(norm, hidden, memory.look(grid, self._before(norm, hidden), self._source_mask))
            norm = layer.final_layer_norm
            inner = layer.activation_fn(layer.fc1(self._before(norm, hidden)))
            hidden = self._after(norm, hidden, layer.fc2(inner))
        if self._norms_first:
            hidden = decoder.layer_norm(hidden)
        return hidden if wanted is None else hidden[wanted]

    def _log_probs(self, states: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        return self._next.log_probs(states, rows, tokens)

    def _before(self, norm: Any, hidden: Tensor) -> Tensor:
        """What a part of a layer is given."""
        return norm(hidden) if self._norms_first else hidden

    def _after(self, norm: Any, hidden: Tensor, change: Tensor) -> Tensor:
        """The states with what a part of a layer adds to them."""
        return hidden + change if self._norms_first else norm(hidden + change)


def _projections(attention: Any) -> Projections:
    return Projections(
        attention.q_proj,
        attention.k_proj,
        attention.v_proj,
        attention.out_proj,
        n_heads=attention.num_heads,
        scaling=attention.scaling,
    )
