"""Processor threads: how many torch uses, and what is made in one while another works."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")
U = TypeVar("U")

MOST_THREADS = 8
"""Used at most unless the setting says more. More than two were not measured."""

_forked = False


def keep_to_one_thread() -> None:
    """For a forked child: torch's thread pool does not survive a fork."""
    global _forked
    _forked = True
    torch.set_num_threads(1)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


@contextmanager
def torch_threads(n: int | None) -> Iterator[None]:
    """Within, torch uses `n` threads; None: what it uses anyway, at most MOST_THREADS, and one in a child process.

    A forked child keeps its one thread whatever `n` is.
    """
    before = torch.get_num_threads()
    wanted = _threads(n, before)
    if wanted != before:
        torch.set_num_threads(wanted)
    try:
        yield
    finally:
        if wanted != before:
            torch.set_num_threads(before)


def _threads(n: int | None, before: int) -> int:
    if _forked:
        return before
    if n is not None:
        return n
    return 1 if multiprocessing.parent_process() else min(before, MOST_THREADS)


def one_ahead(make: Callable[[T], U], items: Iterable[T]) -> Iterator[tuple[T, "Future[U]"]]:
    """Each item, in order, with `make(item)`, which a thread of its own has begun one item ahead.

    An error of `make` is raised by its future; one of `items` when everything before it was given out.
    """
    waiting: list[tuple[T, Future[U]]] = []
    with ThreadPoolExecutor(1, "angel_spacy") as thread:
        try:
            for item in items:
                waiting.append((item, thread.submit(make, item)))
                if len(waiting) > 1:
                    yield waiting.pop(0)
        except Exception:
            yield from waiting
            raise
        yield from waiting
