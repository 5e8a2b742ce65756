"""The network of a model folder: read strictly, written once, neither with a word on the screen."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from shutil import copymode
from tempfile import TemporaryDirectory
from typing import Any

import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from transformers import CONFIG_MAPPING, AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, PreTrainedModel
from transformers.utils import logging

from ..errors import ConfigError, MissingExtraError, ModelError
from .causal import FAMILIES
from .rounding import SCALE, restored, rounded

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
ROUNDED_FILE = "model.int8.safetensors"
"""Instead of WEIGHTS_FILE: matrices as int8 with scales, all else in float32."""

_COLUMNS = 64  # of a row that have one scale
_CAUSAL = ("ForCausalLM", "LMHeadModel")
_TOKENS = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
_EXPERTS = ("switch_transformers", "nllb-moe")


def load_network(folder: Path) -> PreTrainedModel:
    """The network in `folder`, float32: no network access, no pickle, no code of its own, every weight from the file.

    Raises ModelError for another kind of network, for a weight that the file lacks and one that the network does not
    have, and whatever the libraries raise for a damaged file.
    """
    config = read_config(folder)
    if (folder / ROUNDED_FILE).is_file():
        return _restored(folder, config)
    with quiet():
        network, loaded = auto_class(config, folder).from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
        )
    check_weights(network, loaded["missing_keys"], loaded["unexpected_keys"], folder)
    return network


def read_config(folder: Path) -> Any:
    """The network's config.json: what it is, not how to generate with it. Raises ModelError where there is none."""
    if not folder.is_dir():
        raise ModelError(
            f"There is no folder {folder}: give one. A model of the hub is fetched with `hf download NAME`, or named "
            "in a config (name and revision of angel_spacy.Seq2Seq.v1)."
        )
    if not (folder / CONFIG_FILE).is_file():
        raise ModelError(f"{folder} is not a model folder: config.json is missing. Give one, or fetch it again.")
    _check_readable(folder)
    with quiet():
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return _with_tokens(config, folder)


def _check_readable(folder: Path) -> None:
    """Raises ModelError for a model with code of its own, and for weights that somebody else has rounded."""
    said = json.loads((folder / CONFIG_FILE).read_text(encoding="utf8"))
    if "auto_map" in said and said.get("model_type") not in CONFIG_MAPPING:
        raise ModelError(f"{folder} needs code of its own, which is never run: use a model that transformers has.")
    if said.get("quantization_config"):
        raise ModelError(f"The weights in {folder} are quantised already: give a folder of whole ones, and `bits`.")


def _with_tokens(config: Any, folder: Path) -> Any:
    """The config with the special tokens that only generation_config.json names; a negative number is none."""
    path = folder / "generation_config.json"
    others = json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}
    for name in _TOKENS:
        if getattr(config, name, None) is None and others.get(name) is not None:
            setattr(config, name, others[name])
        if isinstance(found := getattr(config, name, None), int) and found < 0:
            setattr(config, name, None)
    return config


def auto_class(config: Any, folder: Path) -> Any:
    """What reads the network that a config describes. Raises ModelError for one that does not write text."""
    names = config.architectures or []
    if config.model_type in _EXPERTS:
        raise ModelError(f"{folder} holds a {config.model_type}: encoder-decoders with experts are not read.")
    if config.is_encoder_decoder:
        return AutoModelForSeq2SeqLM
    if not names and config.model_type in FAMILIES:
        return AutoModelForCausalLM
    if any(name.endswith(_CAUSAL) for name in names) and (config.model_type != "bert" or config.is_decoder):
        return AutoModelForCausalLM
    raise ModelError(
        f"{folder} holds a {', '.join(names) or config.model_type}, neither an encoder-decoder nor a decoder of text: "
        "use one, as BartForConditionalGeneration or LlamaForCausalLM."
    )


def _restored(folder: Path, config: Any) -> PreTrainedModel:
    """The network whose matrices were rounded."""
    with quiet():
        network: PreTrainedModel = auto_class(config, folder).from_config(config, dtype=torch.float32)
    stored = load_file(folder / ROUNDED_FILE)
    weights = {name: torch.from_numpy(restored(name, stored)) for name in stored if not name.endswith(SCALE)}
    missing, unexpected = network.load_state_dict(weights, strict=False)
    check_weights(network, missing, unexpected, folder)
    return network


def filled(
    make: Callable[[], PreTrainedModel], weights: Mapping[str, torch.Tensor], folder: Path
) -> tuple[PreTrainedModel, set[str], set[str]]:
    """The network that `make` describes with the weights of a folder, float32; the names of weights that are missing,
    and of those that it has no place for. Raises ModelError for one of another shape."""
    with torch.device("meta"), quiet():
        empty = make()
    _check_shapes(empty, weights, folder)
    kind: Any = type(empty)
    with quiet():
        network, loaded = kind.from_pretrained(
            None, config=empty.config, state_dict=dict(weights), dtype=torch.float32, output_loading_info=True
        )
    return network, set(loaded["missing_keys"]), set(loaded["unexpected_keys"])


def _check_shapes(empty: PreTrainedModel, weights: Mapping[str, torch.Tensor], folder: Path) -> None:
    """Raises ModelError for weights that are of another shape than in the network, or no real numbers."""
    for name, wanted in empty.state_dict().items():
        if (found := weights.get(name)) is None:
            continue
        if found.is_floating_point() and not torch.isfinite(found.sum(dtype=torch.float32)):
            raise ModelError(f"{folder}: {name} holds numbers that are none (NaN or infinite). Fetch it again.")
        if found.shape != wanted.shape or not found.is_floating_point() == wanted.is_floating_point():
            raise ModelError(
                f"{folder}: {name} is {tuple(found.shape)} {found.dtype} and its config.json wants "
                f"{tuple(wanted.shape)} {wanted.dtype}. Fetch both again."
            )


def check_weights(network: PreTrainedModel, missing: Iterable[str], unexpected: Iterable[str], folder: Path) -> None:
    """Raises ModelError for parameters that are missing, and for weights that the network has no place for."""
    absent = sorted({name for name, _ in network.named_parameters()}.intersection(missing))
    if absent:
        raise ModelError(f"{folder} lacks {len(absent)} weights ({_some(absent)}). Restore or retrain it.")
    if others := sorted(unexpected):
        raise ModelError(
            f"{folder} holds {len(others)} weights that a {type(network).__name__} does not have ({_some(others)}): "
            "put the config.json there that belongs to them."
        )


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Whatever goes wrong within becomes a ModelError about the folder; each library has its own zoo of errors."""
    try:
        yield
    except (ModelError, ConfigError, MissingExtraError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ModelError(f"The model in {folder} cannot be read ({reason}). Fetch it again, or mend it.") from error


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def save_rounded(network: PreTrainedModel, folder: Path) -> None:
    """Writes config.json and ROUNDED_FILE; weights that are there in full are removed."""
    with TemporaryDirectory() as room:
        save_network(network, Path(room), None)
        weights = load_file(Path(room, WEIGHTS_FILE))
        shutil.copy(Path(room, CONFIG_FILE), folder / CONFIG_FILE)
    stored: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        stored |= rounded(name, array, columns=_COLUMNS) if array.ndim > 1 else {name: array}
    save_file(stored, folder / ROUNDED_FILE)
    copymode(folder / CONFIG_FILE, folder / ROUNDED_FILE)
    (folder / WEIGHTS_FILE).unlink(missing_ok=True)


def save_network(network: PreTrainedModel, folder: Path, dtype: torch.dtype | None) -> None:
    """Writes config.json and model.safetensors, the weights as `dtype` (None: as they are)."""
    # A copy is cast as a whole, so that tied weights stay tied and are written once.
    network = network if dtype is None else deepcopy(network).to(dtype)
    with quiet():
        network.save_pretrained(folder)
    copymode(folder / CONFIG_FILE, folder / WEIGHTS_FILE)  # safetensors lets nobody but the owner read
    (folder / ROUNDED_FILE).unlink(missing_ok=True)
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
