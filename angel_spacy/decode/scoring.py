"""Given names -> their log-probabilities, where the search need not have gone."""

from collections.abc import Sequence
from itertools import islice

import torch

from ..models.session import DecoderSession


def score_names(session: DecoderSession, names: Sequence[Sequence[Sequence[int]]]) -> list[list[float]]:
    """The log-probability (nats, sum over tokens) of each token sequence, ended by EOS, for each mention; see
    `score_tokens`."""
    return [[sum(tokens) for tokens in own] for own in score_tokens(session, names)]


@torch.inference_mode()
def score_tokens(session: DecoderSession, names: Sequence[Sequence[Sequence[int]]]) -> list[list[list[float]]]:
    """The log-probability (nats) of every token of each token sequence, ended by EOS, for each mention.

    The session has read nothing yet. Names are read as paths behind their mention's prefix, all in one call.
    """
    device = session.device
    mention = [i for i, own in enumerate(names) for _ in own]
    paths = [list(name) for own in names for name in own]
    if not paths:
        return [[] for _ in names]
    first = torch.tensor([path[0] for path in paths], device=device)
    scores = [[score] for score in session.prefill((torch.tensor(mention, device=device), first)).tolist()]
    longer = [i for i, path in enumerate(paths) if len(path) > 1]
    if longer:
        tokens = torch.tensor([token for i in longer for token in paths[i][:-1]], device=device)
        nexts = torch.tensor([token for i in longer for token in paths[i][1:]], device=device)
        lengths = torch.tensor([len(paths[i]) - 1 for i in longer], device=device)
        parents = torch.tensor([mention[i] for i in longer], device=device)
        found = session.advance(tokens, lengths, parents, (torch.arange(len(tokens), device=device), nexts))
        rest = iter(found.tolist())
        for i in longer:
            scores[i] += islice(rest, len(paths[i]) - 1)
    of_paths = iter(scores)
    return [[next(of_paths) for _ in own] for own in names]
