"""A session over decoder-only networks: the prompt is read once and all names of a mention share it.

The network's own forward pass does the reading, with positions and a mask that make a tree of what it takes for a row
of tokens; so every family whose attention is a mask and whose positions can be given is the same to us.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from .tree import Grid, TreeSession

FAMILIES = frozenset(
    {
        "biogpt",
        "gemma",
        "gemma2",
        "gemma3_text",
        "gpt2",
        "gpt_neox",
        "llama",
        "mistral",
        "mixtral",
        "phi3",
        "qwen2",
        "qwen3",
        "qwen3_moe",
    }
)
"""`model_type` of the networks for which the session was compared with the whole forward pass."""


def supports_causal_session(model: PreTrainedModel) -> bool:
    """Whether `CausalSession` was seen to be right for this architecture."""
    return model.config.model_type in FAMILIES


class CausalSession(TreeSession):
    """Incremental decoding with a decoder-only network."""

    def __init__(
        self, model: PreTrainedModel, input_ids: Tensor, attention_mask: Tensor, prefixes: Sequence[Sequence[int]]
    ) -> None:
        """`input_ids`, `attention_mask`: empty, there is no source; one prompt a mention in `prefixes`."""
        super().__init__(prefixes, getattr(model.config, "max_position_embeddings", None), input_ids.device)
        self._network: Any = model.eval()
        self._forget()

    def _forget(self) -> None:
        self._cache = DynamicCache()  # without a config: with one, layers with a window would forget
        self._n_places = 0

    def _places(self, grid: Grid, mention: Tensor) -> Tensor:
        # The cache takes the whole table, with the holes that nobody sees.
        place = self._n_places + grid.slot
        self._n_places += grid.shape[1]
        return place

    def _grow(self, n_places: int) -> None:
        """The cache grows by itself."""

    def _keep_blocks(self, blocks: Tensor) -> None:
        self._cache.batch_select_indices(blocks)

    def _decode(
        self, tokens: Tensor, position: Tensor, place: Tensor, grid: Grid, visible: Tensor, wanted: Tensor | None
    ) -> Tensor:
        ends_only = wanted is not None  # then they stand in the last column
        logits: Tensor = self._network(
            input_ids=grid.table(tokens),
            attention_mask=grid.mask(visible[:, : self._n_places], self._network.dtype),
            position_ids=grid.table(position),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1 if ends_only else 0,
        ).logits
        return logits[grid.block[wanted], 0] if ends_only else logits[grid.block, grid.slot]

    def _log_probs(self, states: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        return torch.log_softmax(states, -1, dtype=torch.float32)[rows, tokens]
