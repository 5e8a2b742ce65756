"""What every fast session has in common: mentions as trees of tokens, each read once.

What has been read of a mention is a tree: its prefix, then the names that grow from it. Keys and values stand once for
each token, in the mention's own block, whatever the beams do; a row sees its ancestors through a mask. So beams may
split, die and change places, and nothing is reordered. Letters in shapes: N tokens read in a call, W of them wanted, M
blocks (a mention each), B most tokens of a mention in the call, P places of a block, H heads, D width of a head,
E = H * D, V vocabulary.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor

from ..errors import ModelError

_SPARE_PLACES = 16
_TIDY_BELOW = 0.75  # of the blocks in use: fewer, and those that are not are thrown out


class Grid:
    """The padded (M, B) table in which tokens attend, so that a mention's keys serve all of its tokens."""

    def __init__(self, block: Tensor, n_blocks: int, *, flush: bool = False) -> None:
        """`block` (N,): the block of each token, ascending. `flush`: rows end in the last column, not begin in the
        first."""
        counts = block.bincount(minlength=n_blocks)
        self.block = block
        self.slot = torch.arange(len(block), device=block.device) - (counts.cumsum(0) - counts)[block]
        self.shape = n_blocks, int(counts.max())
        if flush:
            self.slot += self.shape[1] - counts[block]

    def spread(self, heads: Tensor) -> Tensor:
        """(N, H, D) as a table (M, H, B, D), zero where there is no token."""
        n_blocks, n_slots = self.shape
        table = heads.new_zeros(n_blocks, heads.shape[1], n_slots, heads.shape[2])
        table[self.block, :, self.slot] = heads
        return table

    def table(self, values: Tensor) -> Tensor:
        """(N,) as a table (M, B), zero where there is no token."""
        table = values.new_zeros(self.shape)
        table[self.block, self.slot] = values
        return table

    def collect(self, table: Tensor) -> Tensor:
        """The inverse of `spread`, heads side by side: (M, H, B, D) as (N, E)."""
        return table[self.block, :, self.slot].flatten(1)

    def mask(self, visible: Tensor, dtype: torch.dtype) -> Tensor:
        """What to add to attention scores, (M, 1, B, P), so that a token sees only its `visible` (N, P) places."""
        mask = torch.full((*self.shape, visible.shape[1]), torch.finfo(dtype).min, dtype=dtype, device=visible.device)
        mask[self.block, self.slot] = mask.new_zeros(()).masked_fill(~visible, torch.finfo(dtype).min)
        return mask[:, None]


class TreeSession(ABC):
    """The bookkeeping of a `DecoderSession`; how tokens are read and scored is its children's."""

    def __init__(self, prefixes: Sequence[Sequence[int]], n_positions: int | None, device: torch.device) -> None:
        """`n_positions`: how many a sequence may have; None: any number."""
        self._prefixes = prefixes
        self._longest_prefix = max(map(len, prefixes), default=0)
        self._n_positions = n_positions
        self._n_blocks = len(prefixes)
        self._block = torch.arange(len(prefixes), device=device)  # of each mention, -1 when it is gone
        # Of every token that has been read and may have children:
        self._mention = self._position = torch.empty(0, dtype=torch.long, device=device)
        self._visible = torch.empty(0, 0, dtype=torch.bool, device=device)

    @property
    def device(self) -> torch.device:
        """Where its tensors are."""
        return self._block.device

    def fresh(self) -> "TreeSession":
        """Another one over the same sources, for one that has read nothing yet."""
        other = copy(self)  # what is its own is replaced while it reads, not written over
        other._forget()
        return other

    @torch.inference_mode()
    def prefill(self, asked: tuple[Tensor, Tensor]) -> Tensor:
        """Reads the prefixes. (n_asked,) float32 log-probabilities of what may follow them."""
        device = self.device
        tokens = torch.tensor([token for prefix in self._prefixes for token in prefix], device=device)
        lengths = torch.tensor([len(prefix) for prefix in self._prefixes], device=device)
        mention = torch.arange(len(lengths), device=device)
        ends = lengths.cumsum(0) - 1
        states = self._read(tokens, lengths, mention, mention.new_zeros(len(lengths)), None, wanted=ends)
        self._mention, self._position = self._mention[ends], self._position[ends]
        self._visible = self._visible[ends]
        return self._log_probs(states, *asked)

    @torch.inference_mode()
    def advance(self, tokens: Tensor, lengths: Tensor, parents: Tensor, asked: tuple[Tensor, Tensor]) -> Tensor:
        """Reads paths that continue the tokens `parents`. (n_asked,) float32 log-probabilities."""
        mention = self._mention[parents]
        states = self._read(tokens, lengths, mention, self._position[parents] + 1, self._visible[parents])
        return self._log_probs(states, *asked)

    @torch.inference_mode()
    def keep(self, mentions: Tensor) -> None:
        """All mentions but these (n,) are over; their blocks are thrown out once they are many."""
        if len(mentions) >= _TIDY_BELOW * self._n_blocks:
            return
        self._keep_blocks(self._block[mentions])
        self._n_blocks = len(mentions)
        self._block = torch.full_like(self._block, -1)
        self._block[mentions] = torch.arange(len(mentions), device=mentions.device)

    def _read(
        self,
        tokens: Tensor,
        lengths: Tensor,
        mention: Tensor,
        position: Tensor,
        visible: Tensor | None,
        wanted: Tensor | None = None,
    ) -> Tensor:
        """(W, ...) what is known behind the `wanted` (W,) of the tokens of paths, None for all. Of each path
        (n_paths,): its mention, the position of its first token and what that sees (n_paths, P), None for nothing."""
        path = torch.repeat_interleave(lengths)
        within = torch.arange(len(path), device=path.device) - (lengths.cumsum(0) - lengths)[path]
        mention, position = mention[path], position[path] + within
        self._check_room(position)
        grid = Grid(self._block[mention], self._n_blocks, flush=wanted is not None)
        place = self._places(grid, mention)
        self._make_room(int(place.max()) + 1)
        visible = self._lineage(place, within, path, visible)
        self._mention, self._position = torch.cat([self._mention, mention]), torch.cat([self._position, position])
        self._visible = torch.cat([self._visible, visible])
        return self._decode(tokens, position, place, grid, visible, wanted)

    def _make_room(self, n_places: int) -> None:
        """Sees to it that every block has `n_places`. Blocks are read whole: cutting them would copy them."""
        room = self._visible.shape[1]
        if n_places > room:
            room = n_places + max(_SPARE_PLACES, room // 2)
            self._visible = torch.nn.functional.pad(self._visible, (0, room - self._visible.shape[1]))
            self._grow(room)

    def _lineage(self, place: Tensor, within: Tensor, path: Tensor, visible: Tensor | None) -> Tensor:
        """(N, P) what each token sees: what its path's parent sees, its path so far, and itself."""
        places = torch.arange(self._visible.shape[1], device=place.device)
        own = (places <= place[:, None]) & (places >= (place - within)[:, None])
        if visible is None:
            return own
        missing = len(places) - visible.shape[1]
        return own | torch.nn.functional.pad(visible, (0, missing))[path]

    def _check_room(self, position: Tensor) -> None:
        needed = int(position.max()) + 1
        if self._n_positions is not None and needed > self._n_positions:
            room = self._n_positions - self._longest_prefix
            raise ModelError(
                f"Prefix and name need {needed} positions and the model has {self._n_positions}: "
                f"leave names of more than {room} tokens out of the knowledge base."
            )

    @abstractmethod
    def _places(self, grid: Grid, mention: Tensor) -> Tensor:
        """(N,) where in their blocks the tokens of a call go; they are taken from now on."""

    @abstractmethod
    def _grow(self, n_places: int) -> None:
        """Makes room in every block."""

    @abstractmethod
    def _keep_blocks(self, blocks: Tensor) -> None:
        """Throws out all blocks but these."""

    @abstractmethod
    def _forget(self) -> None:
        """Makes what is written over this session's own, after it was copied from another one."""

    @abstractmethod
    def _decode(
        self, tokens: Tensor, position: Tensor, place: Tensor, grid: Grid, visible: Tensor, wanted: Tensor | None
    ) -> Tensor:
        """(W, ...) the states behind the `wanted` of `tokens` (N,), or all; their keys and values are kept."""

    @abstractmethod
    def _log_probs(self, states: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        """(n,) float32 log-probabilities of `tokens` (n,) behind the states numbered `rows` (n,), ascending."""
