"""Names as vectors by a small convolutional network over word pieces: ResCNN (Lai et al. 2021, arXiv 2109.02237).

The pieces are those of a generator, and their vectors a projection of its own, which know what pieces mean alike; the
network learns what that makes of a whole name. Residual blocks of a convolution over three pieces, then the mean and
the highest value of each column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import embedding, normalize, relu

from ..errors import ModelError
from .precision import default_precision
from .rounding import SCALE, restored, rounded

Floats = NDArray[np.float32]

LONGEST = 16  # pieces of a name that are read
_AT_A_TIME = 2048  # names
_NOTHING = -1e4  # where there is no piece, before the highest value is taken
_TOKENIZER = "tokenizer"


class Block(nn.Module):
    """x + the convolutions of x, normalised: (n, width, length) -> the same."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.three = nn.Conv1d(width, width, 3, padding=1)
        self.one = nn.Conv1d(width, width, 1)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """`mask` (n, 1, length) is 1 where there is a piece."""
        added = x + self.one(relu(self.three(x)))
        return self.norm(added.transpose(1, 2)).transpose(1, 2) * mask  # type: ignore[no-any-return]


class NameNetwork(nn.Module):
    """Word pieces of names -> vectors of length 1. `pieces` (n_pieces, width) are the vectors of the pieces."""

    pieces: Tensor

    def __init__(self, pieces: Tensor, n_blocks: int, out: int, pad: int) -> None:
        super().__init__()
        width = pieces.shape[1]
        self.pad = pad
        self.register_buffer("pieces", pieces)
        self.norm = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(n_blocks))
        self.out = nn.Linear(2 * width, out)

    def forward(self, ids: Tensor, pieces: Tensor | None = None) -> Tensor:
        """(n, length) int64, `pad` behind the last piece of each -> (n, out); zeros for a name without pieces."""
        mask = (ids != self.pad).float()[:, None, :]
        counts = mask.sum(2)
        x = self.norm(embedding(ids, self.pieces if pieces is None else pieces)).transpose(1, 2) * mask
        for block in self.blocks:
            x = block(x, mask)
        highest = (x + (mask - 1) * -_NOTHING).amax(2)
        pooled = torch.cat([x.sum(2) / counts.clamp(min=1), highest], dim=1)
        return normalize(self.out(pooled).float(), dim=1) * (counts > 0)


class NameReader:
    """A network with the tokenizer of its pieces."""

    def __init__(self, network: NameNetwork, tokenizer: Tokenizer) -> None:
        self.network, self.tokenizer = network.eval(), tokenizer
        self.width: int = network.out.out_features

    def ids(self, names: Sequence[str]) -> NDArray[np.int64]:
        """(n, LONGEST) of normalised names, `pad` behind the last piece."""
        ids = np.full((len(names), LONGEST), self.network.pad, np.int64)
        for row, encoding in zip(
            ids, self.tokenizer.encode_batch_fast(list(names), add_special_tokens=False), strict=True
        ):
            own = encoding.ids[:LONGEST]
            row[: len(own)] = own
        return ids

    def encode(self, names: Sequence[str]) -> Floats:
        """(n, width) of normalised names, in bfloat16 where the processor multiplies it."""
        ids = self.ids(names)
        lengths = (ids != self.network.pad).sum(1)
        vectors = np.zeros((len(names), self.width), np.float32)
        order = np.argsort(lengths, kind="stable")
        is_bfloat16 = default_precision("cpu") == "bfloat16"
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=is_bfloat16):
            for start in range(0, len(order), _AT_A_TIME):
                some = order[start : start + _AT_A_TIME]
                cut = ids[some, : max(1, int(lengths[some[-1]]))]
                vectors[some] = self.network(torch.from_numpy(cut)).numpy()
        return vectors

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `from_arrays` reads: matrices as int8 with a scale for each row, the tokenizer's JSON as bytes."""
        stored: dict[str, NDArray[Any]] = {}
        for name, tensor in self.network.state_dict().items():
            stored |= rounded(name, tensor.numpy()) if tensor.ndim > 1 else {name: tensor.numpy()}
        stored[_TOKENIZER] = np.frombuffer(self.tokenizer.to_str().encode(), np.uint8)
        stored["pad"] = np.array([self.network.pad], np.int64)
        return stored

    @classmethod
    def from_arrays(cls, stored: Mapping[str, NDArray[Any]]) -> NameReader:
        """Reads what `arrays` gave. Raises ModelError, KeyError or ValueError for what is none."""
        try:
            tokenizer = Tokenizer.from_str(stored[_TOKENIZER].tobytes().decode())
        except Exception as error:  # the library raises plain Exceptions
            raise ModelError(f"The name encoder has no tokenizer ({error}). Restore it or train it again.") from error
        state = {
            name: torch.from_numpy(restored(name, stored))
            for name in stored
            if name not in (_TOKENIZER, "pad") and not name.endswith(SCALE)
        }
        n_blocks = len({name.split(".")[1] for name in state if name.startswith("blocks.")})
        network = NameNetwork(state["pieces"], n_blocks, len(state["out.bias"]), int(stored["pad"][0]))
        try:
            network.load_state_dict(state)
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        return cls(network, tokenizer)
