"""What the search asks of a model: log-probabilities of next tokens, over a tree of tokens that grows as it is read."""

from typing import Protocol

from torch import Tensor, device

Asked = tuple[Tensor, Tensor]
"""(n_asked,) which of the tokens that a call reads, ascending, and (n_asked,) the token that may follow it."""


class DecoderSession(Protocol):
    """A decoder at work on a batch of mentions.

    Tokens are numbered in the order they are read: 0 .. n_mentions - 1 are the ends of the prefixes, then come those of
    each call. Whatever is asked, a log-probability is one under the full vocabulary.
    """

    @property
    def device(self) -> device:
        """Where the tensors are that it takes and gives."""

    def prefill(self, asked: Asked) -> Tensor:
        """Reads the prefixes. (n_asked,) float32 log-probabilities of what may follow them."""

    def advance(self, tokens: Tensor, lengths: Tensor, parents: Tensor, asked: Asked) -> Tensor:
        """Reads paths: `tokens` (n_tokens,) laid end to end, `lengths` (n_paths,), `parents` (n_paths,) the numbers of
        the tokens that the paths continue. (n_asked,) float32 log-probabilities.

        Paths come in the order of their mentions.
        """

    def keep(self, mentions: Tensor) -> None:
        """All mentions but these, (n,) ascending, are over: their tokens will not be continued."""

    def fresh(self) -> "DecoderSession":
        """Another one over the same sources; only one that has read nothing yet can be asked for it."""
