"""Beam search over the names of a trie: token ids in, leaves with their log-probabilities out.

The semantics are those of `transformers.generate` with a prefix_allowed_tokens_fn, length penalty 1 and an exact
stop: a name's score is the mean, over its tokens and EOS, of log-probabilities under the full vocabulary; the trie
only says which continuations exist and nothing is normalised again (GenBioEL; ANGEL, arXiv 2408.16493).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import ConfigError, ModelError
from ..kb.trie import PackedTrie
from ..records import Hypothesis
from .protocols import DecoderSession
from .state import Reached, Rows, TrieTensors


@torch.inference_mode()
def beam_search(
    session: DecoderSession,
    trie: PackedTrie,
    n_mentions: int,
    *,
    beam_width: int,
    n_best: int | None = None,
    roots: Sequence[int] | None = None,
) -> list[list[Hypothesis]]:
    """The `n_best` (default: `beam_width`) names of every mention, best first; fewer where the search reached fewer.

    `roots` are the trie nodes at which the mentions start (default: the root): tokens above them are not scored.
    Equal scores are ordered by leaf number. Raises ConfigError for a width below 1, ModelError for scores that are
    not numbers.
    """
    n_best = beam_width if n_best is None else n_best
    if beam_width < 1 or n_best < 1:
        raise ConfigError(f"beam_width is {beam_width} and n_best {n_best}: use 1 or more.")
    if n_mentions == 0 or len(trie) == 0:
        return [[] for _ in range(n_mentions)]
    log_probs = session.prefill()
    names = TrieTensors.of(trie, log_probs.device)
    live = Rows.at_roots(torch.tensor([0] * n_mentions if roots is None else list(roots), device=log_probs.device))
    reached, n_tokens = Reached.none(log_probs.device), 0
    while True:
        n_tokens += 1
        # At most one child of a row is a leaf (EOS), so the best 2k children hold the best k that go on.
        best = _checked(live.children(log_probs, names)).best(2 * beam_width)
        at_leaf = names.leaf[best.node] >= 0
        ends = best.take(at_leaf & (best.rank() < beam_width))
        reached = reached.with_rows(ends, names, n_tokens, n_best)
        live = best.take(~at_leaf)
        live = live.take(live.rank() < beam_width)
        live = live.take(_hopeful(live, reached.worst(n_mentions, n_best), names, n_tokens))
        if not len(live):
            return reached.hypotheses(n_mentions)
        log_probs = session.advance(names.tokens[live.node].long(), live.parent)


def _hopeful(live: Rows, worst: Tensor, names: TrieTensors, n_tokens: int) -> Tensor:
    """Mask of the rows whose mention can still improve: (n_rows,). `worst` (n_mentions,) is the score to beat.

    Log-probabilities only fall, so a row ends at best with what it has now, over the longest name below it.
    """
    bound = live.log_prob / (n_tokens + names.height[live.node])
    improves = torch.zeros_like(worst, dtype=torch.bool)
    improves[live.mention[bound >= worst[live.mention]]] = True
    return improves[live.mention]


def _checked(rows: Rows) -> Rows:
    if rows.log_prob.isnan().any():
        raise ModelError("The model gave scores that are not numbers: its weights are damaged, restore or retrain it.")
    return rows
