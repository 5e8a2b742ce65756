"""The time that a search cannot do without: encoder and matrix products of the tokens that it reads, in one go.

For each batch of mentions: the encoder's pass; keys and values of the source tokens; and, for as many rows at once as
the search read tokens (those of the prefixes included), the linear layers of the decoder, and for as many as it asked
about, the output layer. No attention, no norms, no softmax, no trie, no beams. `over_needed` is the same for the
tokens of a search that reads no token before it has to: what it reads ahead is its own choice.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from sides import by_length
from torch import Tensor

from angel_spacy.candidates.threads import on_threads, threads_for
from angel_spacy.decode.search import beam_search
from angel_spacy.models.generator import Generator, pad
from angel_spacy.models.precision import Copies
from angel_spacy.records import Prompt
from angel_spacy.trie.trie import PackedTrie


class Counted:
    """A session that counts the tokens that it reads, and those whose next token is asked for."""

    def __init__(self, session: Any, n_prefix: int) -> None:
        """`n_prefix`: the tokens of the prefixes."""
        self._session = session
        self.n_read, self.n_asked = n_prefix, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def prefill(self, *asked: Any) -> Any:
        """Reads the prefixes."""
        found = self._session.prefill(*asked)
        self.n_asked += _n_asked(asked, len(found))
        return found

    def advance(self, tokens: Tensor, *rest: Any) -> Any:
        """Reads tokens, one or several a row, laid end to end."""
        self.n_read += len(tokens)
        self.n_asked += _n_asked(rest, len(tokens))
        return self._session.advance(tokens, *rest)


def _n_asked(arguments: Sequence[Any], otherwise: int) -> int:
    """How many rows are asked about by the pair (rows, next tokens) among the arguments, if it is there."""
    pairs = [one for one in arguments if isinstance(one, tuple)]
    return len(torch.unique(pairs[-1][0])) if pairs else otherwise


@dataclass(frozen=True)
class Rows:
    """What a search read and asked about in one batch."""

    n_read: int
    n_asked: int


def over_floor(
    generator: Generator,
    trie: PackedTrie,
    prompts: Sequence[Prompt],
    batch_size: int,
    width: int,
    precision: str,
    margin: float | None,
    repeats: int,
) -> dict[str, float]:
    """Our time over the floor: medians of `repeats` rounds in which the three take turns."""
    work = by_length(prompts, batch_size)

    def search(batch: Sequence[Prompt], **how: Any) -> Rows:
        session = Counted(generator.session(batch, precision=precision), sum(len(one.prefix_ids) for one in batch))
        beam_search(session, trie, len(batch), beam_width=width, margin=margin, **how)
        return Rows(session.n_read, session.n_asked)

    read, needed = ([search(batch, **how) for batch in work] for how in ({}, {"lookahead": 0}))
    n_threads = threads_for(generator.device)  # batches at once, on both sides
    network = Copies(generator.network).at(precision)
    floors = [
        Floor(network, *pad([one.input_ids for one in batch], generator.special.pad, generator.device))
        for batch in work
    ]
    seconds = [
        (
            _seconds(lambda: on_threads(search, work, n_threads)),
            _seconds(lambda: on_threads(lambda one: one[0](one[1]), list(zip(floors, read, strict=True)), n_threads)),
            _seconds(lambda: on_threads(lambda one: one[0](one[1]), list(zip(floors, needed, strict=True)), n_threads)),
        )
        for _ in range(repeats + 1)
    ][1:]
    return {
        "over_floor": median(ours / floor for ours, floor, _ in seconds),
        "over_needed": median(ours / least for ours, _, least in seconds),
        "floor_mentions/s": len(prompts) / median(floor for _, floor, _ in seconds),
        "tokens_read": sum(rows.n_read for rows in read),
        "tokens_needed": sum(rows.n_read for rows in needed),
    }


class Floor:
    """The products of one batch."""

    def __init__(self, network: Any, input_ids: Tensor, attention_mask: Tensor) -> None:
        """`input_ids`, `attention_mask` (n_mentions, n_source), right-padded."""
        self._source = {"input_ids": input_ids, "attention_mask": attention_mask}
        self._encoder, self._layers, self._head = network.get_encoder(), network.model.decoder.layers, network.lm_head

    @torch.inference_mode()
    def __call__(self, rows: Rows) -> None:
        """Does them once."""
        states = self._encoder(**self._source).last_hidden_state
        source = states[self._source["attention_mask"].bool()]
        hidden = states.new_ones(rows.n_read, states.shape[-1])
        for layer in self._layers:
            own, other = layer.self_attn, layer.encoder_attn
            for product in (own.q_proj, own.k_proj, own.v_proj, own.out_proj, other.q_proj, other.out_proj):
                product(hidden)
            layer.fc2(layer.fc1(hidden))
            other.k_proj(source), other.v_proj(source)
        self._head(hidden[: rows.n_asked])


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started
