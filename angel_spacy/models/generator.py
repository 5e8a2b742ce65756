"""A Hugging Face network that writes text with its tokenizer and prompt format: one folder, one object."""

import json
import logging
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import srsly
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedModel

from ..arrays.checksums import write_checksums
from ..errors import ModelError
from ..prompts import CausalPromptFormat, PromptFormat, format_from_dict, prompter_for, published_format
from ..records import Prompt
from .network import CONFIG_FILE, ROUNDED_FILE, WEIGHTS_FILE, load_network, save_network, save_rounded
from .precision import Copies, default_precision
from .sessions import session_of
from .special_tokens import max_positions, special_tokens

if TYPE_CHECKING:
    from .session import DecoderSession

FORMAT_FILE = "prompt_format.json"
TOKENIZER_FILE = "tokenizer.json"
FILES = (CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE, FORMAT_FILE)

_LOGGER = logging.getLogger(__name__)


class Generator:
    """Scores names given prompts. Holds the network, its tokenizer and its prompt format."""

    def __init__(self, network: PreTrainedModel, tokenizer: Tokenizer, form: PromptFormat) -> None:
        tokenizer.encode_special_tokens = True  # "</s>" written in an abstract is text, not an end
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.network = network.eval()
        self._copies = Copies(network)
        self.tokenizer = tokenizer
        self.special = special_tokens(network.config)
        _check_belong(network, tokenizer, form)
        self.prompter = prompter_for(form, tokenizer, self.special, max_positions(network.config))

    @classmethod
    def from_folder(cls, folder: Path | str) -> "Generator":
        """The generator saved in `folder` (config.json, model.safetensors, tokenizer.json, prompt_format.json).

        A published checkpoint without a prompt_format.json gets the published one, with a warning. Raises ModelError.
        """
        folder = Path(folder)
        weights = ROUNDED_FILE if (folder / ROUNDED_FILE).is_file() else WEIGHTS_FILE
        missing = [name for name in (CONFIG_FILE, weights, TOKENIZER_FILE) if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"{folder} is not a model folder: {', '.join(missing)} missing. Expected a Hugging Face "
                f"encoder-decoder saved with save_pretrained(safe_serialization=True) and its fast tokenizer."
            )
        try:
            network = load_network(folder)
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            return cls(network, tokenizer, read_format(folder / FORMAT_FILE))
        except ModelError:
            raise
        except Exception as error:  # each library has its own zoo of errors for a damaged file
            raise ModelError(f"The model in {folder} cannot be loaded ({error}). Restore or retrain it.") from error

    def to_folder(self, folder: Path | str, *, dtype: torch.dtype | None = None) -> None:
        """Writes the four files and the list of their checksums.

        `dtype` shrinks the weights on disk: torch.bfloat16, or torch.int8, whose file (matrices as int8 with scales) is
        read by this class alone.
        """
        if getattr(self.network, "is_quantized", False):
            raise ModelError("Weights of 8 or 4 bits are not stored: keep the folder that they were read from.")
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if dtype == torch.int8:
            save_rounded(self.network, folder)
        else:
            save_network(self.network, folder, dtype)
        self.tokenizer.save(str(folder / TOKENIZER_FILE))
        (folder / FORMAT_FILE).write_text(json.dumps(self.prompter.form.to_dict(), indent=2) + "\n", encoding="utf8")
        write_checksums(folder)

    def to_bytes(self) -> bytes:
        """The files of the model folder as one msgpack."""
        with TemporaryDirectory() as folder:
            self.to_folder(folder)
            files = {name: Path(folder, name).read_bytes() for name in sorted(FILES)}
        data: bytes = srsly.msgpack_dumps(files)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Generator":
        """Reads what `to_bytes` gave. Raises ModelError."""
        try:
            files = srsly.msgpack_loads(data)
            with TemporaryDirectory() as folder:
                for name in FILES:
                    Path(folder, name).write_bytes(files[name])
                return cls.from_folder(folder)
        except ModelError:
            raise
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(f"These bytes hold no generator ({error!r}). Store the pipeline again.") from error

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        device: torch.device = self.network.device
        return device

    def to(self, device: torch.device | str) -> "Generator":
        """Moves the weights; those of 8 or 4 bits stay on the GPU that they were read on."""
        if not getattr(self.network, "is_quantized", False):
            self.network.to(device)
        return self

    def precision(self, wanted: str | None) -> str:
        """The precision that is wanted; None: what is best where the weights are."""
        return wanted or default_precision(self.device)

    def prepare(self, precision: str) -> None:
        """Converts the weights now rather than at the first session in that precision."""
        self._copies.at(precision)

    def session(self, prompts: Sequence[Prompt], precision: str = "float32") -> "DecoderSession":
        """A decoder over a batch of prompts: encoder states computed, nothing generated yet.

        `precision`: one of `models.precision.PRECISIONS`; float32 is the network as it is.
        """
        input_ids, attention_mask = pad([prompt.input_ids for prompt in prompts], self.special.pad, self.device)
        prefixes = [prompt.prefix_ids for prompt in prompts]
        network = self._copies.at(precision)
        return session_of(network)(network, input_ids, attention_mask, prefixes)


def pad(rows: Sequence[Sequence[int]], pad_id: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Right-padded ids and their attention mask, both (n_rows, longest row) int64."""
    lengths = np.array([len(row) for row in rows], np.int64)
    present = np.arange(lengths.max(initial=0)) < lengths[:, None]
    ids = np.full(present.shape, pad_id, np.int64)
    ids[present] = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
    return torch.from_numpy(ids).to(device), torch.from_numpy(present.astype(np.int64)).to(device)


def read_format(path: Path) -> PromptFormat:
    """The format in a file, the published one where there is none."""
    if path.exists():
        return format_from_dict(_read_json(path))
    _LOGGER.warning("%s is missing: the published format is assumed. Restore it if the model was trained here.", path)
    return published_format()


_MORE_ROWS = 512  # of an embedding than tokens, and a twentieth: rounded up for the hardware


def _check_belong(network: PreTrainedModel, tokenizer: Tokenizer, form: PromptFormat) -> None:
    if isinstance(form, CausalPromptFormat) == network.config.is_encoder_decoder:
        kind, other = (
            ("an encoder-decoder", "PromptFormat")
            if network.config.is_encoder_decoder
            else ("decoder-only", "CausalPromptFormat")
        )
        raise ModelError(f"The model is {kind} and its prompt format {form.name!r}: use angel_spacy.{other}.v1.")
    n_tokens, n_rows = tokenizer.get_vocab_size(), network.get_input_embeddings().num_embeddings
    special = special_tokens(network.config)
    ids = [*tokenizer.get_vocab().values(), *(one for one in vars(special).values() if one is not None)]
    if not all(0 <= one < n_rows for one in ids):
        raise ModelError(
            f"The model has {n_rows} tokens, and its tokenizer or config.json one with the number {max(ids)}: they do "
            "not belong together. Put the files there that the model was trained with."
        )
    if not n_tokens <= n_rows <= 1.05 * n_tokens + _MORE_ROWS:
        raise ModelError(
            f"The tokenizer has {n_tokens} tokens and the model {n_rows}: they do not belong together. "
            "Put the tokenizer.json that the model was trained with into its folder."
        )


def _read_json(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return data
