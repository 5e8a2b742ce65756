"""Beam search over the names of a trie: token ids in, leaves with their log-probabilities out.

The semantics are those of `transformers.generate` with a prefix_allowed_tokens_fn, length penalty 1 and an exact
stop: a name's score is the mean, over its tokens and EOS, of log-probabilities under the full vocabulary; the trie
only says which continuations exist and nothing is normalised again (GenBioEL; ANGEL, arXiv 2408.16493).
"""

import torch
from torch import Tensor

from ..errors import ConfigError, ModelError
from ..models.session import DecoderSession
from ..records import Hypothesis
from ..trie.trie import PackedTrie
from .lookahead import LOOKAHEAD, Read
from .state import Allowed, Reached, Rows, TrieTensors


@torch.inference_mode()
def beam_search(
    session: DecoderSession,
    trie: PackedTrie,
    n_mentions: int,
    *,
    beam_width: int,
    margin: float | None = None,
    lookahead: int = LOOKAHEAD,
    allowed: Allowed | None = None,
) -> list[list[Hypothesis]]:
    """The `beam_width` best names of every mention, best first; fewer where the search reached fewer.

    `margin` (nats; None: exact) drops beams that are so much less likely than the likeliest name or beam of their
    mention: faster, fewer names, and now and then another one. `lookahead` (rows of a step; `decode.reading`)
    changes the time it takes, not what is found. `allowed`: which nodes each mention may go to; None: all of them.
    Equal scores are ordered by leaf number. Raises ConfigError for a width below 1 or a negative margin, ModelError
    for scores that are not numbers.
    """
    _check_settings(beam_width, margin)
    if n_mentions == 0 or len(trie) == 0:
        return [[] for _ in range(n_mentions)]
    device = session.device
    names = TrieTensors.of(trie, device)
    live = Rows.at_root(n_mentions, device)
    read, reached, n_tokens = Read.prefixes(session, live.node, names), Reached.none(device), 0
    while True:
        n_tokens += 1
        # At most one child of a row is a leaf (EOS), so the best 2k children hold the best k that go on.
        further = _checked(live.children(names, read.first[live.token], read.log_probs))
        best = (further if allowed is None else further.take(allowed(further))).best(2 * beam_width)
        goes_on = ~names.is_leaf(best.node)
        ends = best.take(~goes_on & (best.rank() < beam_width))
        reached = reached.with_rows(ends, names, n_tokens, beam_width)
        live = best.take(goes_on & (best.rank(counted=goes_on) < beam_width))
        live = live.take(_hopeful(live, reached.worst(n_mentions, beam_width), names, n_tokens))
        if margin is not None:
            live = live.take(live.log_prob >= _likeliest(live, reached, n_mentions)[live.mention] - margin)
        if not len(live):
            return reached.hypotheses(n_mentions)
        read, live = read.further(session, live, names, lookahead)


def _hopeful(live: Rows, worst: Tensor, names: TrieTensors, n_tokens: int) -> Tensor:
    """Mask of the rows that matter: (n_rows,). `worst` (n_mentions,) is the score to beat.

    Log-probabilities only fall, so a row ends at best with what it has now, over the longest name below it. A mention
    goes on while one of its rows can still improve on `worst`. A row that could not even with the longest name below
    any row of its mention is dropped, and the search finds the same: whatever takes its place in the beam is less
    likely still, so it could not either.
    """
    length = n_tokens + names.height[live.node].long()
    longest = torch.zeros_like(worst, dtype=torch.long).scatter_reduce_(0, live.mention, length, "amax")
    to_beat = worst[live.mention]
    improves = torch.zeros_like(worst, dtype=torch.bool)
    improves[live.mention[live.log_prob / length >= to_beat]] = True
    return improves[live.mention] & (live.log_prob / longest[live.mention] >= to_beat)


def _likeliest(live: Rows, reached: Reached, n_mentions: int) -> Tensor:
    """(n_mentions,) log-probability of each mention's likeliest name or row."""
    best = torch.full((n_mentions,), -torch.inf, device=live.log_prob.device)
    best.scatter_reduce_(0, live.mention, live.log_prob, "amax")
    return best.scatter_reduce_(0, reached.mention, reached.log_prob, "amax")


def _checked(rows: Rows) -> Rows:
    if rows.log_prob.isnan().any():
        raise ModelError("The model gave scores that are not numbers: its weights are damaged, restore or retrain it.")
    return rows


def _check_settings(beam_width: int, margin: float | None) -> None:
    if beam_width < 1:
        raise ConfigError(f"beam_width is {beam_width}: use 1 or more.")
    if margin is not None and not margin >= 0:
        raise ConfigError(f"margin is {margin}: use 0 nats or more, or None for an exact search.")
