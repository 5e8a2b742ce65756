"""Worker processes: what forked ones share with their parent, whether a pickle goes to a spawned one, and what becomes
of memory that is free again."""

import ctypes
import multiprocessing
import os
from contextlib import suppress
from functools import cache
from typing import Protocol
from weakref import WeakSet

from .threads import keep_to_one_thread

_MMAP_THRESHOLD = -3  # the parameter of mallopt, in malloc.h
_LARGE = 2 << 20  # bytes
_NO_GLIBC = (OSError, AttributeError, TypeError)  # what ctypes raises elsewhere: TypeError on Windows


class Shared(Protocol):
    """What has something to build that forked children can share."""

    def make_ready(self) -> None:
        """Builds it, where it is certain to be needed."""


_SHARED: WeakSet[Shared] = WeakSet()


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
        os.register_at_fork(before=_make_ready, after_in_child=keep_to_one_thread)


def _make_ready() -> None:
    for shared in list(_SHARED):
        with suppress(Exception):  # the child meets the same error with a document in hand, and can report it
            shared.make_ready()


def return_large_blocks() -> None:
    """From now on this process, and what it forks, gives blocks of 2 MiB or more back to the system when they are free.

    For processes that work for long. The search needs large blocks for a moment, small ones that stay get between
    them, and glibc's heap grows by what lies free. Where there is another C library, nothing happens.
    """
    with suppress(*_NO_GLIBC):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)


def return_free_memory() -> None:
    """Gives all pages of the heap that are free back to the system now: blocks of less than 2 MiB between others that
    stay. Where there is another C library, nothing happens."""
    with suppress(*_NO_GLIBC):
        ctypes.CDLL(None).malloc_trim(0)


def pickled_for_child() -> bool:
    """Whether what is being pickled now goes to a child process that is being spawned, on this machine."""
    return multiprocessing.context.get_spawning_popen() is not None
