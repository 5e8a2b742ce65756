"""Between search and session: which tokens to read next, and what is known of those that were read.

Two thirds of a trie's nodes have one child, so what follows them is known before it is chosen: such a stretch can be
read at once, and in the steps after that its scores are looked up. It costs what rows read and do not live to use, and
saves steps; so it pays where a step costs more than its tokens.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..models.session import Asked, DecoderSession
from .state import Rows, TrieTensors

LOOKAHEAD = 64
"""Most rows of a step that read whole stretches: with more the tokens are what costs (docs/performance.md)."""

_LONGEST = 8  # tokens read at once


@dataclass(frozen=True)
class Read:
    """What is known of the tokens that a session has read: the log-probabilities of all of their nodes' children.

    first      (n_tokens,) where a token's begin in `log_probs`
    ahead      (n_tokens,) whether the token's node has one child and the session has read that too, as the next token
    log_probs  (n,) float32, the children of a node side by side
    """

    first: Tensor
    ahead: Tensor
    log_probs: Tensor

    @classmethod
    def prefixes(cls, session: DecoderSession, roots: Tensor, names: TrieTensors) -> "Read":
        """After the prefixes: mention i starts at the node `roots[i]` (n_mentions,)."""
        asked, first = _children(roots, names)
        return cls(first, torch.zeros_like(roots, dtype=torch.bool), session.prefill(asked))

    def further(self, session: DecoderSession, rows: Rows, names: TrieTensors, lookahead: int) -> tuple["Read", Rows]:
        """The same after the nodes of `rows` have been read, and the rows with the tokens of those nodes."""
        known = self.ahead[rows.token]
        unread = rows.take(~known)
        if not len(unread):
            return self, replace(rows, token=rows.token + 1)
        session.keep(torch.unique_consecutive(rows.mention))
        nodes, lengths = _stretches(unread.node, names, longest=_LONGEST if len(unread) <= lookahead else 1)
        asked, first = _children(nodes, names)
        found = session.advance(names.tokens[nodes].long(), lengths, unread.token, asked)
        ends = lengths.cumsum(0)
        ahead = torch.ones_like(nodes, dtype=torch.bool)
        ahead[ends - 1] = False
        token = rows.token + 1
        token[~known] = len(self.first) + ends - lengths
        older = self.log_probs if len(unread) < len(rows) else self.log_probs[:0]  # nobody will look those up again
        return Read(
            torch.cat([self.first, first + len(older)]),
            torch.cat([self.ahead, ahead]),
            torch.cat([older, found]),
        ), replace(rows, token=token)


def _children(nodes: Tensor, names: TrieTensors) -> tuple[Asked, Tensor]:
    """Every child of `nodes` (n,): which of the nodes, and its token. And where each node's children begin (n,)."""
    parent, child = names.children(nodes)
    return (parent, names.tokens[child].long()), torch.searchsorted(
        parent, torch.arange(len(nodes), device=nodes.device)
    )


def _stretches(nodes: Tensor, names: TrieTensors, longest: int) -> tuple[Tensor, Tensor]:
    """Of each node (n,) the path to read, laid end to end, and their lengths (n,): the node itself, and up to `longest`
    nodes with what follows it as far as there is no choice."""
    steps, node, going = [nodes], nodes, torch.ones_like(nodes, dtype=torch.bool)
    while len(steps) < longest:
        child = names.first_child[node].long()
        going = going & (names.first_child[node + 1] == child + 1) & ~names.is_leaf(child.clamp(max=names.last))
        if not going.any():
            break
        node = torch.where(going, child, node)
        steps.append(torch.where(going, child, -1))
    table = torch.stack(steps, 1)
    return table[table >= 0], (table >= 0).sum(1)
