"""What the search asks of a model: log-probabilities of the next token, for rows that it regroups as it likes."""

from typing import Protocol

from torch import Tensor


class DecoderSession(Protocol):
    """A decoder at work on a batch of mentions. The rows of one mention are neighbours, mentions keep their order."""

    def prefill(self) -> Tensor:
        """Reads the prefixes. (n_mentions, vocabulary) float32 log-probabilities of the token behind each."""

    def advance(self, tokens: Tensor, parents: Tensor) -> Tensor:
        """Extends rows by a token each: `tokens` (n_rows,), `parents` (n_rows,) the old row that each new row extends.

        A row may be extended twice or not at all; a mention without rows is gone. (n_rows, vocabulary) float32
        log-probabilities of the next token, over the full vocabulary.
        """
