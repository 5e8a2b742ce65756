"""Given names -> their log-probabilities, where the search need not have gone."""

from collections.abc import Sequence

import torch

from ..models.session import DecoderSession


@torch.inference_mode()
def score_names(session: DecoderSession, names: Sequence[Sequence[Sequence[int]]]) -> list[list[float]]:
    """The log-probability (nats, sum over tokens) of each token sequence, ended by EOS, for each mention.

    The session has read nothing yet. Names are read as paths behind their mention's prefix, all in one call.
    """
    device = session.device
    mention = [i for i, own in enumerate(names) for _ in own]
    paths = [list(name) for own in names for name in own]
    if not paths:
        return [[] for _ in names]
    first = torch.tensor([path[0] for path in paths], device=device)
    sums = session.prefill((torch.tensor(mention, device=device), first))
    longer = [i for i, path in enumerate(paths) if len(path) > 1]
    if longer:
        tokens = torch.tensor([token for i in longer for token in paths[i][:-1]], device=device)
        nexts = torch.tensor([token for i in longer for token in paths[i][1:]], device=device)
        lengths = torch.tensor([len(paths[i]) - 1 for i in longer], device=device)
        parents = torch.tensor([mention[i] for i in longer], device=device)
        rest = session.advance(tokens, lengths, parents, (torch.arange(len(tokens), device=device), nexts))
        path_of = torch.repeat_interleave(torch.tensor(longer, device=device), lengths)
        sums = sums.index_add(0, path_of, rest)
    scores = iter(sums.tolist())
    return [[next(scores) for _ in own] for own in names]
