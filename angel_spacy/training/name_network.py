"""Pairs of names -> a network over the word pieces of a generator, whose vectors of pieces stay as they are."""

import numpy as np
import torch
from torch import Tensor, nn

from ..models.generator import Generator
from ..models.name_network import NameNetwork, NameReader
from ..models.precision import default_precision
from .descent import descend
from .name_pairs import NamePairs, both_ways
from .sections import EncoderSettings

_WARMUP = 50


def train_reader(pairs: NamePairs, generator: Generator, settings: EncoderSettings, *, seed: int = 0) -> NameReader:
    """Reads names as `generator` does; see `models.name_network`. About a quarter of an hour on one processor core."""
    torch.manual_seed(seed)
    given = generator.network.get_input_embeddings().weight.detach().float().cpu()
    projection = nn.Linear(given.shape[1], settings.network_width)
    start = projection(given).detach()
    network = NameNetwork(start, settings.network_blocks, settings.width, generator.special.pad)
    reader = NameReader(network, generator.tokenizer)
    ids = reader.ids(pairs.names).astype(np.int32)
    rng = np.random.default_rng(seed)
    is_bfloat16 = default_precision("cpu") == "bfloat16"

    def loss() -> Tensor:
        one, other = pairs.draw(settings.batch_size, rng)
        rows = torch.from_numpy(ids[np.concatenate([one, other])].astype(np.int64))
        longest = int((rows != network.pad).sum(1).max())
        with torch.autocast("cpu", torch.bfloat16, enabled=is_bfloat16):
            left, right = network(rows[:, : max(1, longest)], projection(given)).split([len(one), len(other)])
        return both_ways(left, right, settings.temperature)

    network.train()
    trained = nn.ModuleList([network, projection])
    optimizer = torch.optim.AdamW(trained.parameters(), lr=settings.network_rate)
    descend(optimizer, loss, settings.network_steps, "network", warmup=_WARMUP)
    network.pieces.copy_(projection(given).detach())
    network.eval()
    return reader
