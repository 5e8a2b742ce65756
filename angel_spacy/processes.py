"""Forked workers: torch's thread pool does not survive a fork, so a child computes on one thread."""

import os
from functools import cache

import torch


@cache
def one_thread_after_fork() -> None:
    """From now on, every forked child of this process uses one torch thread (where there is fork)."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_one_thread)


def _one_thread() -> None:
    torch.set_num_threads(1)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
