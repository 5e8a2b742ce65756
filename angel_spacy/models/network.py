"""The network of a model folder: read strictly, written once, neither with a word on the screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from shutil import copymode

import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedModel
from transformers.utils import logging

from ..errors import ModelError

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"


def load_network(folder: Path) -> PreTrainedModel:
    """The network in `folder`, float32: no network access, no pickle, no code of its own, every weight from the file.

    Raises ModelError for a weight that the file lacks, and whatever the libraries raise for a damaged file.
    """
    with quiet():
        network, loaded = AutoModelForSeq2SeqLM.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
        )
    absent = sorted(loaded["missing_keys"] & {name for name, _ in network.named_parameters()})
    if absent:
        raise ModelError(
            f"{folder / WEIGHTS_FILE} lacks {len(absent)} weights ({absent[0]}, …). Restore or retrain it."
        )
    return network


def save_network(network: PreTrainedModel, folder: Path, dtype: torch.dtype | None) -> None:
    """Writes config.json and model.safetensors, the weights as `dtype` (None: as they are)."""
    # A copy is cast as a whole, so that tied weights stay tied and are written once.
    network = network if dtype is None else deepcopy(network).to(dtype)
    with quiet():
        network.save_pretrained(folder)
    copymode(folder / CONFIG_FILE, folder / WEIGHTS_FILE)  # safetensors lets nobody but the owner read
    (folder / "generation_config.json").unlink(missing_ok=True)  # decoding never inherits a checkpoint's settings


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and reports of transformers: what matters becomes an error."""
    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
