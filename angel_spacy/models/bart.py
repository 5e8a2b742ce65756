"""A session over BART that computes nothing twice and copies next to nothing.

What has been read of a mention is a tree of tokens: its prefix, then the names that grow from it. Keys and values
stand once for each token, in the mention's own block, whatever the beams do; a row sees its ancestors through a mask.
So beams may split, die and change places, and nothing is reordered. Letters in shapes: N tokens read in a call, M
blocks (a mention each), B most tokens of a mention in the call, S source tokens, P places of a block, H heads, D width
of a head, E = H * D, V vocabulary.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding
from transformers import BartForConditionalGeneration, PreTrainedModel

from ..errors import ModelError
from .output_layer import NextTokens

_SPARE_PLACES = 16
_TIDY_BELOW = 0.75  # of the blocks in use: fewer, and those that are not are thrown out


def supports_bart_session(model: PreTrainedModel) -> bool:
    """Whether `BartSession` knows this architecture."""
    return type(model) is BartForConditionalGeneration


class _Grid:
    """The padded (M, B) table in which tokens attend, so that a mention's keys serve all of its tokens."""

    def __init__(self, block: Tensor, n_blocks: int) -> None:
        """`block` (N,): the block of each token, ascending."""
        counts = block.bincount(minlength=n_blocks)
        self.block = block
        self.slot = torch.arange(len(block), device=block.device) - (counts.cumsum(0) - counts)[block]
        self.shape = n_blocks, int(counts.max())

    def spread(self, heads: Tensor) -> Tensor:
        """(N, H, D) as a table (M, H, B, D), zero where there is no token."""
        n_blocks, n_slots = self.shape
        table = heads.new_zeros(n_blocks, heads.shape[1], n_slots, heads.shape[2])
        table[self.block, :, self.slot] = heads
        return table

    def collect(self, table: Tensor) -> Tensor:
        """The inverse of `spread`, heads side by side: (M, H, B, D) as (N, E)."""
        return table[self.block, :, self.slot].flatten(1)

    def mask(self, visible: Tensor, dtype: torch.dtype) -> Tensor:
        """What to add to attention scores, (M, 1, B, P), so that a token sees only its `visible` (N, P) places."""
        mask = torch.full((*self.shape, visible.shape[1]), torch.finfo(dtype).min, dtype=dtype, device=visible.device)
        mask[self.block, self.slot] = mask.new_zeros(()).masked_fill(~visible, torch.finfo(dtype).min)
        return mask[:, None]


class _Memory:
    """Keys and values of one decoder layer: of the source, and of what has been read; (M, H, S or P, D) each."""

    def __init__(self, attention: Any, source: Tensor) -> None:
        """`source` (M, S, E): the encoder's states."""
        self.source_keys = _heads(attention, attention.k_proj(source)).transpose(1, 2).contiguous()
        self.source_values = _heads(attention, attention.v_proj(source)).transpose(1, 2).contiguous()
        n_blocks, n_heads, _, width = self.source_keys.shape
        self.keys = self.values = source.new_zeros(n_blocks, n_heads, 0, width)

    def fresh(self) -> "_Memory":
        """The same source, nothing read."""
        return copy(self)  # what changes is replaced, not written over

    def grow(self, n_places: int) -> None:
        """Makes room in every block."""
        more = n_places - self.keys.shape[2]
        self.keys, self.values = (torch.nn.functional.pad(own, (0, 0, 0, more)) for own in (self.keys, self.values))

    def keep(self, blocks: Tensor) -> None:
        """Throws out all blocks but these."""
        self.source_keys, self.source_values = self.source_keys[blocks], self.source_values[blocks]
        self.keys, self.values = self.keys[blocks], self.values[blocks]

    def write(self, block: Tensor, place: Tensor, keys: Tensor, values: Tensor) -> None:
        """Stores the keys and values (N, H, D) of new tokens."""
        self.keys[block, :, place], self.values[block, :, place] = keys, values


class BartSession:
    """Incremental decoding with a `BartForConditionalGeneration`."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """`input_ids`, `attention_mask` (n_mentions, n_source), right-padded; one decoder prefix a mention."""
        network: Any = model.eval()
        device = input_ids.device
        self._decoder: Any = network.model.decoder
        self._n_positions = network.config.max_position_embeddings
        self._next = NextTokens(network.lm_head, network.final_logits_bias)
        self._prefixes = prefixes
        self._longest_prefix = max(map(len, prefixes), default=0)
        self._block = torch.arange(len(prefixes), device=device)  # of each mention, -1 when it is gone
        self._used = torch.zeros(len(prefixes), dtype=torch.long, device=device)  # places, of each mention
        # Of every token that has been read and may have children:
        self._mention = self._position = torch.empty(0, dtype=torch.long, device=device)
        self._visible = torch.empty(0, 0, dtype=torch.bool, device=device)
        with torch.inference_mode():
            source = model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            self._memories = [_Memory(layer.encoder_attn, source) for layer in self._decoder.layers]
            unseen = (1 - attention_mask)[:, None, None].to(source.dtype)
            self._source_mask = unseen * torch.finfo(source.dtype).min  # (M, 1, 1, S)

    @property
    def device(self) -> torch.device:
        """Where its tensors are."""
        return self._block.device

    def fresh(self) -> "BartSession":
        """Another one over the same sources, for one that has read nothing yet."""
        other = copy(self)
        other._used = self._used.clone()
        other._memories = [memory.fresh() for memory in self._memories]
        return other

    @torch.inference_mode()
    def prefill(self, asked: tuple[Tensor, Tensor]) -> Tensor:
        """Reads the prefixes. (n_asked,) float32 log-probabilities of what may follow them."""
        device = self._block.device
        tokens = torch.tensor([token for prefix in self._prefixes for token in prefix], device=device)
        lengths = torch.tensor([len(prefix) for prefix in self._prefixes], device=device)
        mention = torch.arange(len(lengths), device=device)
        hidden = self._read(tokens, lengths, mention, mention.new_zeros(len(lengths)), None)
        ends = lengths.cumsum(0) - 1
        self._mention, self._position = self._mention[ends], self._position[ends]
        self._visible = self._visible[ends]
        return self._next.log_probs(hidden[ends], *asked)

    @torch.inference_mode()
    def advance(self, tokens: Tensor, lengths: Tensor, parents: Tensor, asked: tuple[Tensor, Tensor]) -> Tensor:
        """Reads paths that continue the tokens `parents`. (n_asked,) float32 log-probabilities."""
        mention = self._mention[parents]
        hidden = self._read(tokens, lengths, mention, self._position[parents] + 1, self._visible[parents])
        return self._next.log_probs(hidden, *asked)

    @torch.inference_mode()
    def keep(self, mentions: Tensor) -> None:
        """All mentions but these (n,) are over; their blocks are thrown out once they are many."""
        if len(mentions) >= _TIDY_BELOW * len(self._source_mask):
            return
        blocks = self._block[mentions]
        self._source_mask = self._source_mask[blocks]
        for memory in self._memories:
            memory.keep(blocks)
        self._block = torch.full_like(self._block, -1)
        self._block[mentions] = torch.arange(len(mentions), device=mentions.device)

    def _read(
        self, tokens: Tensor, lengths: Tensor, mention: Tensor, position: Tensor, visible: Tensor | None
    ) -> Tensor:
        """Hidden states (N, E) of the tokens of paths. Of each path (n_paths,): its mention, the position of its first
        token and what that sees (n_paths, P), None for nothing."""
        path = torch.repeat_interleave(lengths)
        within = torch.arange(len(path), device=path.device) - (lengths.cumsum(0) - lengths)[path]
        mention, position = mention[path], position[path] + within
        self._check_room(position)
        grid = _Grid(self._block[mention], len(self._source_mask))
        place = self._used[mention] + grid.slot
        self._used.index_add_(0, mention, torch.ones_like(mention))
        self._make_room(int(place.max()) + 1)
        visible = self._lineage(place, within, path, visible)
        self._mention, self._position = torch.cat([self._mention, mention]), torch.cat([self._position, position])
        self._visible = torch.cat([self._visible, visible])
        return self._decode(tokens, position, place, grid, visible)

    def _make_room(self, n_places: int) -> None:
        """Sees to it that every block has `n_places`. Blocks are read whole: cutting them would copy them."""
        room = self._visible.shape[1]
        if n_places > room:
            room = n_places + max(_SPARE_PLACES, room // 2)
            self._visible = torch.nn.functional.pad(self._visible, (0, room - self._visible.shape[1]))
            for memory in self._memories:
                memory.grow(room)

    def _lineage(self, place: Tensor, within: Tensor, path: Tensor, visible: Tensor | None) -> Tensor:
        """(N, P) what each token sees: what its path's parent sees, its path so far, and itself."""
        places = torch.arange(self._visible.shape[1], device=place.device)
        own = (places <= place[:, None]) & (places >= (place - within)[:, None])
        if visible is None:
            return own
        missing = len(places) - visible.shape[1]
        return own | torch.nn.functional.pad(visible, (0, missing))[path]

    def _decode(self, tokens: Tensor, position: Tensor, place: Tensor, grid: _Grid, visible: Tensor) -> Tensor:
        """Hidden states (N, E) of `tokens` (N,); their keys and values are kept."""
        decoder = self._decoder
        places = embedding(position + decoder.embed_positions.offset, decoder.embed_positions.weight)
        hidden: Tensor = decoder.layernorm_embedding(decoder.embed_tokens(tokens) + places)
        mask = grid.mask(visible, hidden.dtype)
        for layer, memory in zip(decoder.layers, self._memories, strict=True):
            own, source = layer.self_attn, layer.encoder_attn
            memory.write(grid.block, place, _heads(own, own.k_proj(hidden)), _heads(own, own.v_proj(hidden)))
            read = _attend(own, grid, hidden, memory.keys, memory.values, mask)
            hidden = layer.self_attn_layer_norm(hidden + read)
            read = _attend(source, grid, hidden, memory.source_keys, memory.source_values, self._source_mask)
            hidden = layer.encoder_attn_layer_norm(hidden + read)
            hidden = layer.final_layer_norm(hidden + layer.fc2(layer.activation_fn(layer.fc1(hidden))))
        return hidden

    def _check_room(self, position: Tensor) -> None:
        needed = int(position.max()) + 1
        if needed > self._n_positions:
            room = self._n_positions - self._longest_prefix
            raise ModelError(
                f"Prefix and name need {needed} positions and the model has {self._n_positions}: "
                f"leave names of more than {room} tokens out of the knowledge base."
            )


def _attend(attention: Any, grid: _Grid, hidden: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Attention of tokens (N, E) to what stands in their blocks: `keys`, `values` (M, H, any, D)."""
    queries = grid.spread(_heads(attention, attention.q_proj(hidden) * attention.scaling))
    # Three products, each a batch of small matrices: on a processor a third of what fused attention takes for these.
    weights = (queries @ keys.transpose(2, 3)).add_(mask).softmax(-1)
    read: Tensor = attention.out_proj(grid.collect(weights @ values))
    return read


def _heads(attention: Any, states: Tensor) -> Tensor:
    """(..., E) as (..., H, D)."""
    return states.view(*states.shape[:-1], attention.num_heads, attention.head_dim)
