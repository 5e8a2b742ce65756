"""Processes and threads: what workers share, how many processor threads each uses, and what is made ahead."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Protocol, TypeVar
from weakref import WeakSet

import torch

T = TypeVar("T")
U = TypeVar("U")

MOST_THREADS = 8
"""Used at most unless the setting says more. More than two were not measured."""


class Shared(Protocol):
    """What has something to build that forked children can share."""

    def make_ready(self) -> None:
        """Builds it, where it is certain to be needed."""


_SHARED: WeakSet[Shared] = WeakSet()
_forked = False


def share_with_forks(shared: Shared) -> None:
    """From now on `shared` is made ready before this process forks; every forked child uses one torch thread.

    spaCy forks its workers without a word to the components, so a hook on forking is the only place before it. It runs
    for forks of other libraries too (not for `subprocess`): what it builds then is what the first document would build
    a little later, once a process. Where there is no fork, nothing happens.
    """
    _SHARED.add(shared)
    _register()


@cache
def _register() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_make_ready, after_in_child=_one_thread)


def _make_ready() -> None:
    for shared in list(_SHARED):
        with suppress(Exception):  # the child meets the same error with a document in hand, and can report it
            shared.make_ready()


def _one_thread() -> None:
    """Torch's thread pool does not survive a fork."""
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


def pickled_for_child() -> bool:
    """Whether what is being pickled now goes to a child process that is being spawned, on this machine."""
    return multiprocessing.context.get_spawning_popen() is not None
