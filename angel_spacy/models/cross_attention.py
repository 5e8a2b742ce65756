"""A fast session over an encoder-decoder: the source is read once, and what has been read of it stands once a mention.

Letters in shapes are those of `models.tree`, and S source tokens.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from .tree import Grid, TreeSession


class Projections:
    """The four matrices of an attention, whatever a network calls them; heads are split here."""

    def __init__(self, queries: Any, keys: Any, values: Any, out: Any, *, n_heads: int, scaling: float) -> None:
        self._queries, self._keys, self._values, self._out = queries, keys, values, out
        self._n_heads, self._scaling = n_heads, scaling

    def keys(self, states: Tensor) -> Tensor:
        """(..., E') as (..., H, D)."""
        return self._heads(self._keys(states))

    def values(self, states: Tensor) -> Tensor:
        """(..., E') as (..., H, D)."""
        return self._heads(self._values(states))

    def attend(self, grid: Grid, hidden: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Attention of tokens (N, E') to what stands in their blocks: `keys`, `values` (M, H, any, D); `mask` is added
        to the scores (M, H, B, any)."""
        queries = self._queries(hidden)
        queries = grid.spread(self._heads(queries if self._scaling == 1 else queries * self._scaling))
        # Three products, each a batch of small matrices: on a processor a third of what fused attention takes.
        weights = (queries @ keys.transpose(2, 3)).add_(mask).softmax(-1)
        read: Tensor = self._out(grid.collect(weights @ values))
        return read

    def _heads(self, states: Tensor) -> Tensor:
        return states.view(*states.shape[:-1], self._n_heads, -1)


class Memory:
    """Keys and values of one decoder layer: of the source, and of what has been read; (M, H, S or P, D) each."""

    def __init__(self, own: Projections, cross: Projections, source: Tensor) -> None:
        """`source` (M, S, E): the encoder's states."""
        self.own, self.cross = own, cross
        self.source_keys = cross.keys(source).transpose(1, 2).contiguous()
        self.source_values = cross.values(source).transpose(1, 2).contiguous()
        n_blocks, n_heads, _, width = self.source_keys.shape
        self.keys = self.values = source.new_zeros(n_blocks, n_heads, 0, width)

    def fresh(self) -> "Memory":
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

    def read(self, grid: Grid, place: Tensor, hidden: Tensor, mask: Tensor) -> Tensor:
        """Attention of new tokens (N, E) to what has been read of their mention, themselves included."""
        self.keys[grid.block, :, place] = self.own.keys(hidden)
        self.values[grid.block, :, place] = self.own.values(hidden)
        return self.own.attend(grid, hidden, self.keys, self.values, mask)

    def look(self, grid: Grid, hidden: Tensor, mask: Tensor) -> Tensor:
        """Attention of new tokens (N, E) to the source."""
        return self.cross.attend(grid, hidden, self.source_keys, self.source_values, mask)


class CrossAttentionSession(TreeSession):
    """Incremental decoding with an encoder-decoder; what its layers do to hidden states is its children's."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """`input_ids`, `attention_mask` (n_mentions, n_source), right-padded; one decoder prefix a mention."""
        super().__init__(prefixes, getattr(model.config, "max_position_embeddings", None), input_ids.device)
        self._used = torch.zeros(len(prefixes), dtype=torch.long, device=input_ids.device)  # places, of each mention
        with torch.inference_mode():
            source = model.eval().get_encoder()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            self._memories = [Memory(own, cross, source) for own, cross in self._attentions(model)]
            unseen = (1 - attention_mask)[:, None, None].to(source.dtype)
            self._source_mask = unseen * torch.finfo(source.dtype).min  # (M, 1, 1, S)

    def _attentions(self, model: Any) -> list[tuple[Projections, Projections]]:
        """Of each decoder layer: the attention to what has been read, and that to the source."""
        raise NotImplementedError

    def _places(self, grid: Grid, mention: Tensor) -> Tensor:
        counts = mention.bincount(minlength=len(self._used))
        place = self._used[mention] + torch.arange(len(mention), device=mention.device)
        place -= (counts.cumsum(0) - counts)[mention]
        self._used = self._used + counts
        return place

    def _grow(self, n_places: int) -> None:
        for memory in self._memories:
            memory.grow(n_places)

    def _keep_blocks(self, blocks: Tensor) -> None:
        self._source_mask = self._source_mask[blocks]
        for memory in self._memories:
            memory.keep(blocks)

    def _forget(self) -> None:
        self._memories = [memory.fresh() for memory in self._memories]
