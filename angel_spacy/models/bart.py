"""A session over BART that computes nothing twice.

Keys and values of the source and of the prefix exist once a mention, however wide its beam; only those of the
tokens generated so far exist once a row. Letters in shapes: N rows, M mentions, B most rows of a mention, S source
tokens, P longest prefix, T tokens generated so far, H heads, D width of a head, E = H * D.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding, scaled_dot_product_attention
from transformers import BartForConditionalGeneration, PreTrainedModel

from ..errors import ModelError


def supports_bart_session(model: PreTrainedModel) -> bool:
    """Whether `BartSession` knows this architecture."""
    return type(model) is BartForConditionalGeneration


class Grid:
    """Rows that belong to mentions, and the padded (M, B) table in which they attend to what a mention owns once."""

    def __init__(self, mention: Tensor) -> None:
        """`mention` (N,): the mention of each row, 0 .. M - 1, ascending, none without a row."""
        per_mention = mention.bincount()
        first = per_mention.cumsum(0) - per_mention
        self.mention = mention
        self.slot = torch.arange(len(mention), device=mention.device) - first[mention]
        self.shape = len(per_mention), int(per_mention.max())

    def spread(self, rows: Tensor) -> Tensor:
        """Rows (N, H, D) as a table (M, H, B, D), zero where there is no row."""
        table = rows.new_zeros(*self.shape, *rows.shape[1:])
        table[self.mention, self.slot] = rows
        return table.transpose(1, 2)

    def collect(self, table: Tensor) -> Tensor:
        """The inverse of `spread`: (M, H, B, D) as rows (N, H, D)."""
        return table.transpose(1, 2)[self.mention, self.slot]


class _Memory:
    """Keys and values of one decoder layer."""

    def __init__(self, layer: Any, source: Tensor) -> None:
        """`source` (M, S, E): the encoder's states."""
        attention = layer.encoder_attn
        self.source_keys = _heads(attention, attention.k_proj(source)).transpose(1, 2)  # (M, H, S, D)
        self.source_values = _heads(attention, attention.v_proj(source)).transpose(1, 2)
        self.prefix_keys = self.prefix_values = source.new_empty(0)  # (M, H, P, D) once the prefix is read
        self.own_keys = self.own_values = source.new_empty(0)  # (N, T, H, D)

    def keep_mentions(self, index: Tensor) -> None:
        """Forgets all mentions but those of `index`."""
        self.source_keys, self.source_values = self.source_keys[index], self.source_values[index]
        self.prefix_keys, self.prefix_values = self.prefix_keys[index], self.prefix_values[index]

    def reorder(self, parents: Tensor) -> None:
        """New row i continues old row `parents[i]`."""
        self.own_keys, self.own_values = self.own_keys[parents], self.own_values[parents]


class BartSession:
    """Incremental decoding with a `BartForConditionalGeneration`."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """`input_ids`, `attention_mask` (n_mentions, n_source), right-padded; one decoder prefix a mention."""
        self._model: Any = model.eval()
        self._decoder: Any = self._model.model.decoder
        device = input_ids.device
        self._prefix = torch.tensor([token for prefix in prefixes for token in prefix], device=device)
        self._n_prefix = torch.tensor([len(prefix) for prefix in prefixes], device=device)
        self._source_mask = attention_mask.bool()[:, None, None]  # (M, 1, 1, S)
        self._n_own = 0
        self._longest = max(map(len, prefixes), default=0)
        with torch.inference_mode():
            source = model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            self._memories = [_Memory(layer, source) for layer in self._decoder.layers]

    @torch.inference_mode()
    def prefill(self) -> Tensor:
        """Reads the prefixes, their tokens as rows. (n_mentions, vocabulary) float32 log-probabilities behind them."""
        device = self._prefix.device
        self._check_room()
        self._grid = Grid(torch.arange(len(self._n_prefix), device=device).repeat_interleave(self._n_prefix))
        hidden = self._decode(self._prefix, self._grid.slot, self._read_prefix)
        last = self._n_prefix.cumsum(0) - 1
        self._grid = Grid(torch.arange(len(self._n_prefix), device=device))
        position = torch.arange(self._longest, device=device)
        self._prefix_mask = (position < self._n_prefix[:, None])[:, None, None]  # (M, 1, 1, P)
        for memory in self._memories:
            n_heads, width = memory.prefix_keys.shape[1], memory.prefix_keys.shape[3]
            memory.own_keys = memory.own_values = hidden.new_empty(len(last), 0, n_heads, width)
        return self._log_probs(hidden[last])

    @torch.inference_mode()
    def advance(self, tokens: Tensor, parents: Tensor) -> Tensor:
        """Row i extends old row `parents[i]` by `tokens[i]`. (n_rows, vocabulary) float32 log-probabilities."""
        self._follow(parents)
        position = self._n_prefix[self._grid.mention] + self._n_own
        self._n_own += 1
        self._check_room()
        return self._log_probs(self._decode(tokens, position, self._read_own))

    def _follow(self, parents: Tensor) -> None:
        """Regroups everything that is kept a mention or a row."""
        mention = self._grid.mention[parents]
        alive = mention.bincount().nonzero()[:, 0]
        if len(alive) < len(self._n_prefix):
            self._n_prefix, self._source_mask = self._n_prefix[alive], self._source_mask[alive]
            self._prefix_mask = self._prefix_mask[alive]
            for memory in self._memories:
                memory.keep_mentions(alive)
        if not torch.equal(parents, torch.arange(len(self._grid.mention), device=parents.device)):
            for memory in self._memories:
                memory.reorder(parents)
        self._grid = Grid(torch.searchsorted(alive, mention))

    def _decode(self, tokens: Tensor, position: Tensor, read: Any) -> Tensor:
        """Hidden states (N, E) of `tokens` (N,) at `position` (N,); `read` is the kind of self-attention."""
        decoder = self._decoder
        places = embedding(position + decoder.embed_positions.offset, decoder.embed_positions.weight)
        hidden: Tensor = decoder.layernorm_embedding(decoder.embed_tokens(tokens) + places)
        for layer, memory in zip(decoder.layers, self._memories, strict=True):
            hidden = layer.self_attn_layer_norm(hidden + read(layer.self_attn, memory, hidden))
            hidden = layer.encoder_attn_layer_norm(hidden + self._read_source(layer.encoder_attn, memory, hidden))
            hidden = layer.final_layer_norm(hidden + layer.fc2(layer.activation_fn(layer.fc1(hidden))))
        return hidden

    def _read_source(self, attention: Any, memory: _Memory, hidden: Tensor) -> Tensor:
        """Cross-attention of rows (N, E) to their mention's source."""
        queries = self._grid.spread(_heads(attention, attention.q_proj(hidden)))
        read = scaled_dot_product_attention(
            queries, memory.source_keys, memory.source_values, attn_mask=self._source_mask, scale=attention.scaling
        )
        return _joined(attention, self._grid.collect(read))

    def _read_prefix(self, attention: Any, memory: _Memory, hidden: Tensor) -> Tensor:
        """Causal self-attention among the tokens of each prefix, rows (N, E); keeps their keys and values."""
        queries = self._grid.spread(_heads(attention, attention.q_proj(hidden)))
        memory.prefix_keys = self._grid.spread(_heads(attention, attention.k_proj(hidden)))
        memory.prefix_values = self._grid.spread(_heads(attention, attention.v_proj(hidden)))
        read = scaled_dot_product_attention(
            queries, memory.prefix_keys, memory.prefix_values, is_causal=True, scale=attention.scaling
        )
        return _joined(attention, self._grid.collect(read))

    def _read_own(self, attention: Any, memory: _Memory, hidden: Tensor) -> Tensor:
        """Self-attention of rows (N, E) to their mention's prefix and to what each has generated, itself included."""
        keys, values = attention.k_proj(hidden), attention.v_proj(hidden)
        memory.own_keys = torch.cat([memory.own_keys, _heads(attention, keys)[:, None]], 1)
        memory.own_values = torch.cat([memory.own_values, _heads(attention, values)[:, None]], 1)
        queries = _heads(attention, attention.q_proj(hidden)) * attention.scaling
        to_prefix = self._grid.spread(queries) @ memory.prefix_keys.transpose(2, 3)  # (M, H, B, P)
        to_prefix = self._grid.collect(to_prefix.masked_fill(~self._prefix_mask, -torch.inf))  # (N, H, P)
        to_own = torch.einsum("nhd,nthd->nht", queries, memory.own_keys)
        weights = torch.cat([to_prefix, to_own], -1).softmax(-1)
        of_prefix = self._grid.spread(weights[..., : self._longest]) @ memory.prefix_values  # (M, H, B, D)
        of_own = torch.einsum("nht,nthd->nhd", weights[..., self._longest :], memory.own_values)
        return _joined(attention, self._grid.collect(of_prefix) + of_own)

    def _log_probs(self, hidden: Tensor) -> Tensor:
        logits: Tensor = self._model.lm_head(hidden) + self._model.final_logits_bias
        return logits.float().log_softmax(-1)

    def _check_room(self) -> None:
        n_positions, needed = self._model.config.max_position_embeddings, self._longest + self._n_own
        if needed > n_positions:
            raise ModelError(
                f"Prefix and name need {needed} positions and the model has {n_positions}: "
                f"leave names of more than {n_positions - self._longest} tokens out of the knowledge base."
            )


def _heads(attention: Any, states: Tensor) -> Tensor:
    """(..., E) as (..., H, D)."""
    return states.view(*states.shape[:-1], attention.num_heads, attention.head_dim)


def _joined(attention: Any, heads: Tensor) -> Tensor:
    """(N, H, D) through the output projection as (N, E)."""
    projected: Tensor = attention.out_proj(heads.flatten(-2))
    return projected
