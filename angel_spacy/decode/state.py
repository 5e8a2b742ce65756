"""The state of a beam search: rows that still grow, names that are reached, and the one order both are kept in.

Everything is flat: rows of one mention are neighbours, mentions keep their order, and a row that is over is gone.
Ties are broken by number: equal live rows by node, equal names by leaf.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..records import Hypothesis
from ..trie.trie import PackedTrie


@dataclass(frozen=True)
class TrieTensors:
    """The arrays of a `PackedTrie` that the search walks, on the model's device, small integers as they are stored."""

    tokens: Tensor
    first_child: Tensor
    height: Tensor
    leaf_nodes: Tensor
    leaf_numbers: Tensor

    @classmethod
    def of(cls, trie: PackedTrie, device: torch.device) -> "TrieTensors":
        """The tensors of `trie` on `device`, moved there once; on the CPU they share the trie's memory."""
        by_device = _MOVED.setdefault(trie, {})
        if device not in by_device:
            arrays: tuple[NDArray[Any], ...]
            arrays = trie.tokens, trie.first_child, trie.height, trie.leaf_nodes, trie.leaf_numbers
            if device.type != "cpu":  # other devices cannot index every kind of integer
                arrays = tuple(array.astype(np.int32) for array in arrays)
            by_device[device] = cls(*(torch.from_numpy(array).to(device) for array in arrays))
        return by_device[device]

    @property
    def last(self) -> int:
        """The last node; it is a leaf."""
        return len(self.tokens) - 1

    def is_leaf(self, node: Tensor) -> Tensor:
        """Whether names end in `node` (n,): a mask (n,)."""
        return self.height[node] == 0

    def leaf(self, node: Tensor) -> Tensor:
        """The numbers of the leaves `node` (n,): (n,)."""
        return self.leaf_numbers[torch.searchsorted(self.leaf_nodes, node.int())].long()

    def children(self, node: Tensor) -> tuple[Tensor, Tensor]:
        """All children of `node` (n,): which of the n each belongs to (n_children,), and its node (n_children,)."""
        first = self.first_child[node].long()
        n_children = self.first_child[node + 1].long() - first
        parent = torch.repeat_interleave(n_children)
        before = n_children.cumsum(0) - n_children
        return parent, torch.arange(len(parent), device=node.device) + (first - before)[parent]


_MOVED: WeakKeyDictionary[PackedTrie, dict[torch.device, TrieTensors]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Rows:
    """Growing names, all of one length; every field is (n_rows,). `token` is the number of the last token that the
    session has read of a row: that of its node, or of the node before."""

    mention: Tensor
    node: Tensor
    log_prob: Tensor
    token: Tensor

    @classmethod
    def at_root(cls, n_mentions: int, device: torch.device) -> "Rows":
        """One row a mention, at the root of the trie."""
        number = torch.arange(n_mentions, device=device)
        return cls(number, torch.zeros_like(number), torch.zeros(n_mentions, device=device), number)

    def __len__(self) -> int:
        return len(self.node)

    def take(self, index: Tensor) -> "Rows":
        """The rows of an index or of a mask."""
        if index.dtype == torch.bool:
            index = index.nonzero()[:, 0]  # once, not once a field
        return Rows(self.mention[index], self.node[index], self.log_prob[index], self.token[index])

    def rank(self, counted: Tensor | None = None) -> Tensor:
        """0, 1, 2 … within each mention, or how many `counted` rows (mask) of its mention stand before: (n_rows,)."""
        if counted is None:
            return rank_in_mention(self.mention)
        before = counted.cumsum(0) - counted.long()
        return before - before[first_in_mention(self.mention)]

    def children(self, names: TrieTensors, first: Tensor, log_probs: Tensor) -> "Rows":
        """Every continuation that the trie has: their log-probabilities stand in `log_probs` side by side, those of
        row i from `first[i]` (n_rows,) on."""
        row, node = names.children(self.node)
        place = first - names.first_child[self.node].long()
        log_prob = self.log_prob[row] + log_probs[place[row] + node]
        return Rows(self.mention[row], node, log_prob, self.token[row])

    def best(self, n: int) -> "Rows":
        """The `n` best of every mention, best first, none of them impossible."""
        possible = self.take((self.log_prob >= nth_best(self.mention, self.log_prob, n)) & (self.log_prob > -torch.inf))
        return possible.take(best_per_mention(possible.mention, possible.log_prob, possible.node, n))


@dataclass(frozen=True)
class Allowed:
    """Which nodes of a trie mentions may go to: those that have a bit of the mention's own.

    of_nodes     (n_nodes,) integers, whose bits say for whom some name below is allowed
    of_mentions  (n_mentions,) integers, with one bit each
    """

    of_nodes: Tensor
    of_mentions: Tensor

    def __call__(self, rows: Rows) -> Tensor:
        """Mask of the rows that are allowed: (n_rows,)."""
        return (self.of_nodes[rows.node] & self.of_mentions[rows.mention]) != 0


@dataclass(frozen=True)
class Reached:
    """Names that were reached, in order: by mention, best mean log-probability first. Fields are (n_names,)."""

    mention: Tensor
    leaf: Tensor
    log_prob: Tensor
    n_tokens: Tensor

    @classmethod
    def none(cls, device: torch.device) -> "Reached":
        """No name yet."""
        empty = torch.empty(0, dtype=torch.long, device=device)
        return cls(empty, empty, torch.empty(0, device=device), empty)

    @cached_property
    def score(self) -> Tensor:
        """Mean log-probability a token: (n_names,)."""
        return self.log_prob / self.n_tokens

    def with_rows(self, rows: Rows, names: TrieTensors, n_tokens: int, n_best: int) -> "Reached":
        """The `n_best` names of every mention, after `rows` of `n_tokens` tokens arrived at leaves."""
        if not len(rows):
            return self
        merged = Reached(
            torch.cat([self.mention, rows.mention]),
            torch.cat([self.leaf, names.leaf(rows.node)]),
            torch.cat([self.log_prob, rows.log_prob]),
            torch.cat([self.n_tokens, torch.full_like(rows.node, n_tokens)]),
        )
        index = best_per_mention(merged.mention, merged.score, merged.leaf, n_best)
        return Reached(merged.mention[index], merged.leaf[index], merged.log_prob[index], merged.n_tokens[index])

    def worst(self, n_mentions: int, n_best: int) -> Tensor:
        """What a new name must beat: (n_mentions,) score of the `n_best`-th name, -inf where there are fewer."""
        worst = torch.full((n_mentions,), -torch.inf, device=self.score.device)
        last = rank_in_mention(self.mention) == n_best - 1
        worst[self.mention[last]] = self.score[last]
        return worst

    def hypotheses(self, n_mentions: int) -> list[list[Hypothesis]]:
        """One list a mention, best first."""
        found: list[list[Hypothesis]] = [[] for _ in range(n_mentions)]
        columns: Sequence[list[Any]] = [x.tolist() for x in (self.mention, self.leaf, self.log_prob, self.n_tokens)]
        for mention, leaf, log_prob, n_tokens in zip(*columns, strict=True):
            found[mention].append(Hypothesis(leaf, log_prob, n_tokens))
        return found


def first_in_mention(mention: Tensor) -> Tensor:
    """For each of equal, ascending numbers the place of the first: (n,) -> (n,)."""
    return torch.searchsorted(mention, mention)


def rank_in_mention(mention: Tensor) -> Tensor:
    """0, 1, 2 … within each run of equal, ascending numbers: (n,) -> (n,)."""
    return torch.arange(len(mention), device=mention.device) - first_in_mention(mention)


def best_per_mention(mention: Tensor, score: Tensor, number: Tensor, n: int) -> Tensor:
    """Index of the `n` best of every mention, all (n_rows,): by mention, then score descending, then number."""
    order = number.argsort(stable=True)
    order = order[score[order].argsort(descending=True, stable=True)]
    order = order[mention[order].argsort(stable=True)]
    return order[rank_in_mention(mention[order]) < n]


def nth_best(mention: Tensor, score: Tensor, n: int) -> Tensor:
    """The `n`-th best score of each row's mention, -inf where it has fewer rows: (n_rows,) -> (n_rows,).

    Cheaper than sorting all children of all rows when only the best few, and what ties with them, need an order.
    """
    sizes = mention.bincount(minlength=1)
    if n > sizes.max():
        return torch.full_like(score, -torch.inf)
    table = score.new_full((len(sizes), int(sizes.max())), -torch.inf)
    table[mention, rank_in_mention(mention)] = score
    return table.topk(n, sorted=False).values.amin(1)[mention]
