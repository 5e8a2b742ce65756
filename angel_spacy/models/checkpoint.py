"""The weights of a model that others published: found in whatever layout they come, read without running code.

safetensors in one file or several; or `pytorch_model.bin`, in one file or several: read by torch's reader for weights
alone, which refuses a pickle that holds anything else.
"""

import json
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import ModelError

SAFE, PICKLED = "model.safetensors", "pytorch_model.bin"

_LARGEST = 1 << 38  # bytes of a file: 256 GiB
_MOST_TENSORS = 1_000_000
_LFS = b"version https://git-lfs"
_WRAPPINGS = ("state_dict", "model_state_dict", "model", "module")  # what a training loop stores its weights under
_RENAMED = (
    (re.compile(r"^module\."), ""),  # a network that was spread over devices
    (re.compile(r"^model\.model\."), "model."),
    (re.compile(r"LayerNorm\.gamma$"), "LayerNorm.weight"),
    (re.compile(r"LayerNorm\.beta$"), "LayerNorm.bias"),
)
_NO_WEIGHTS = re.compile(r"(^|\.)(version|position_ids|masked_bias|inv_freq|_float_tensor)$|\.attn\.bias$")
_SOFT_PROMPT = re.compile(r"^soft_prompt_(enc|dec)\.weight$")


def read_weights(folder: Path) -> tuple[dict[str, Tensor], list[str]]:
    """The weights in a folder by today's names, memory-mapped where that can be; and notes on what was left out.

    Raises ModelError for a folder without weights, for a damaged file, and for one with code in it.
    """
    weights: dict[str, Tensor] = {}
    notes = []
    for path in _files(folder):
        for old, tensor in _tensors(path):
            name = _renamed(old)
            if _SOFT_PROMPT.match(name):
                notes.append(f"{name} ({len(tensor)} rows) is left out: these models are used without soft prompts")
            elif not _NO_WEIGHTS.search(name):
                weights[name] = tensor
    if not weights:
        raise ModelError(f"The files in {folder} hold no weights. Fetch them again.")
    return weights, notes


def _files(folder: Path) -> list[Path]:
    for name in (SAFE, PICKLED):
        index = folder / f"{name}.index.json"
        if index.is_file():
            return _of_index(index)
        if (folder / name).is_file():
            return [folder / name]
    raise ModelError(f"{folder} holds neither {SAFE} nor {PICKLED}: give the folder of a model, or fetch it again.")


def _of_index(index: Path) -> list[Path]:
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf8"))["weight_map"].values()))
        if not names or any(Path(name).name != name for name in names):
            raise ValueError("it names files that are not beside it")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{index} cannot be read ({error}). Fetch it again.") from error
    paths = [index.parent / name for name in names]
    if absent := [path.name for path in paths if not path.is_file()]:
        raise ModelError(f"{index.parent} lacks {', '.join(absent)}, which {index.name} names. Fetch it again.")
    return paths


def _tensors(path: Path) -> Iterator[tuple[str, Tensor]]:
    with path.open("rb") as file:
        if file.read(len(_LFS)) == _LFS:
            raise ModelError(f"{path} is not the file but git-lfs's pointer to it: run `git lfs pull` there.")
    if path.stat().st_size > _LARGEST:
        raise ModelError(f"{path} has {path.stat().st_size:,} bytes, more than any model of ours: it is not read.")
    return _safe(path) if path.suffix == ".safetensors" else _pickled(path)


def _safe(path: Path) -> Iterator[tuple[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 it is no dict
                yield name, file.get_tensor(name)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is damaged or cut short ({error}). Fetch it again.") from error


def _pickled(path: Path) -> Iterator[tuple[str, Tensor]]:
    zipped = zipfile.is_zipfile(path)
    try:
        if zipped:
            _check_members(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles that are not torch's own
            loaded: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except ModelError:
        raise
    except Exception as error:  # whatever a hostile or damaged pickle raises
        raise ModelError(
            f"{path} is not read: it is damaged, or holds more than weights ({type(error).__name__}). Use a "
            "model.safetensors, or fetch it again from where you trust."
        ) from error  # torch's own words tell how to switch the safety off
    for name in _WRAPPINGS:
        if isinstance(loaded, dict) and isinstance(loaded.get(name), dict):
            loaded = loaded[name]
    if not isinstance(loaded, dict) or len(loaded) > _MOST_TENSORS:
        raise ModelError(f"{path} holds no table of weights. Fetch it again.")
    yield from ((str(name), one) for name, one in loaded.items() if isinstance(one, Tensor))


def _check_members(path: Path) -> None:
    """Weights are stored as they are: a member that is larger than the file is a bomb."""
    with zipfile.ZipFile(path) as file:
        members = file.infolist()
    size = path.stat().st_size
    if len(members) > _MOST_TENSORS or sum(one.file_size for one in members) > size:
        raise ModelError(f"{path} unpacks to more than its own size: it is not read.")


def _renamed(name: str) -> str:
    for pattern, new in _RENAMED:
        name = pattern.sub(new, name)
    return name
