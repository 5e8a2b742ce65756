"""A model that others published -> a generator: their weights, their tokenizer or one that is named, our prompts."""

import logging
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from ..errors import ConfigError, MissingExtraError, ModelError
from ..prompts import CausalPromptFormat, PromptFormat, published_format
from .adapters import with_adapter
from .checkpoint import read_weights
from .generator import FORMAT_FILE, Generator, read_format
from .network import (
    ROUNDED_FILE,
    auto_class,
    check_weights,
    filled,
    load_network,
    quiet,
    read_config,
    reading,
)
from .tokenizer_files import read_tokenizer

_COMMIT = re.compile(r"[0-9a-f]{40}")
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors", "pytorch_model*.bin"]
_BITS = (4, 8)

_LOGGER = logging.getLogger(__name__)


def hub_folder(name: str, revision: str | None) -> Path:
    """The folder of a model on the Hugging Face hub: from the cache, downloaded where it is not there and nobody said
    HF_HUB_OFFLINE. Raises ConfigError for a revision that is no commit, ModelError where it cannot be had."""
    from huggingface_hub import snapshot_download

    if revision is None or not _COMMIT.fullmatch(revision):
        raise ConfigError(
            f"{name} has the revision {revision!r}: give a commit, 40 hexadecimal digits. A name alone may be another "
            "model tomorrow."
        )
    fetch = partial(snapshot_download, name, revision=revision, allow_patterns=_WANTED)
    try:
        try:
            return Path(fetch())
        except Exception:  # no net, or none wanted: it asks for a list of files even where all of them are in the cache
            return Path(fetch(local_files_only=True))
    except Exception as error:  # the hub's errors, and the net's
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"{name} is not in the local cache and cannot be downloaded ({reason}). Where there is a net, run `hf "
            f"download {name} --revision {revision}` and take the cache with you (HF_HOME); or give its folder as path."
        ) from error


def published_generator(
    folder: Path,
    *,
    tokenizer: Path | None = None,
    form: PromptFormat | None = None,
    context_words: int | None = None,
    adapter: Path | None = None,
    bits: int | None = None,
) -> Generator:
    """The generator in a folder of any layout. `tokenizer`: a folder that has it; `form` None: the folder's own, or by
    the kind of network, and `context_words` instead of its own; `adapter`: of a LoRA, merged; `bits`: of a weight, 16
    (bfloat16), or 8 or 4 on a GPU; None: 32.

    Raises ModelError, ConfigError.
    """
    with reading(folder):
        config = read_config(folder)
        tokens = read_tokenizer(tokenizer or folder)
        form = form or _form(folder, config)
        network = _network(folder, config) if bits in (None, 16) else _rounded(folder, config, bits)
        if adapter is not None:
            network = with_adapter(network, adapter)
        if bits == 16:
            network = network.to(torch.bfloat16)
        return Generator(network, tokens, form if context_words is None else replace(form, context_words=context_words))


def _form(folder: Path, config: Any) -> PromptFormat:
    if (folder / FORMAT_FILE).is_file():
        return read_format(folder / FORMAT_FILE)
    if not config.is_encoder_decoder:
        return CausalPromptFormat()
    return published_format() if config.model_type == "bart" else PromptFormat()


def _network(folder: Path, config: Any) -> PreTrainedModel:
    """The network with the folder's weights, float32, every one of them in its place."""
    if (folder / ROUNDED_FILE).is_file():
        return load_network(folder)
    kind = auto_class(config, folder)
    weights, notes = read_weights(folder)
    for note in notes:
        _LOGGER.warning("%s: %s.", folder, note)
    network, missing, unexpected = filled(partial(kind.from_config, config), weights, folder)
    check_weights(network, missing, unexpected, folder)
    return network


def _rounded(folder: Path, config: Any, bits: int) -> PreTrainedModel:
    """The network in 8 or 4 bits a weight, on a GPU."""
    if bits not in _BITS:
        raise ConfigError(f"bits is {bits!r}: use 16, 8 or 4 (numbers), or null for float32.")
    if not torch.cuda.is_available():
        raise ConfigError(f"bits is {bits}, which needs a GPU: leave it out (a processor has the precision int8).")
    try:
        import bitsandbytes  # noqa: F401
        from transformers import BitsAndBytesConfig
    except ImportError as error:
        raise MissingExtraError("Weights of 8 or 4 bits need bitsandbytes: pip install bitsandbytes") from error
    how: dict[str, Any] = {"load_in_8bit": True}
    if bits == 4:
        how = {"load_in_4bit": True, "bnb_4bit_compute_dtype": torch.bfloat16}
    with quiet():
        network: PreTrainedModel = auto_class(config, folder).from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            quantization_config=BitsAndBytesConfig(**how),
            dtype=torch.bfloat16 if bits == 4 else torch.float16,  # what its products take
            device_map={"": 0},
        )
    return network
