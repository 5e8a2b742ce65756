"""Several processes of one run (`accelerate launch`): what one of them does for all, through files of the output."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import torch


def is_main() -> bool:
    """Whether this process writes for all; alone, it is."""
    return os.environ.get("RANK", "0") == "0"


def once(path: Path, write: Callable[[], None]) -> None:
    """Has the main process write `path` unless it is there, all or nothing; the others wait until it is."""
    if is_main() and not path.exists():
        write()
    while not path.exists():
        time.sleep(0.05)


def device(*, use_cpu: bool) -> torch.device:
    """Where this process computes, as Hugging Face's Trainer chooses it."""
    if use_cpu or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
