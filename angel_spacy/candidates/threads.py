"""Batches side by side: one batch a processor thread beats many threads in one batch of small matrices."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")
U = TypeVar("U")


def threads_for(device: torch.device) -> int:
    """How many batches to work on at once: as many as torch has threads here, one on another device."""
    return torch.get_num_threads() if device.type == "cpu" else 1


def on_threads(work: Callable[[T], U], items: Sequence[T], n_threads: int) -> list[U]:
    """`work(item)` for each item, in order, on `n_threads` threads that each have one of torch's.

    One item alone is worked on with all of torch's threads. Raises what `work` raises.
    """
    if n_threads == 1 or len(items) <= 1:
        return [work(item) for item in items]
    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(min(n_threads, len(items)), "angel_spacy", lambda: torch.set_num_threads(1)) as pool:
            return list(pool.map(work, items))
    finally:
        torch.set_num_threads(before)  # what threads that start later will have
