"""One thing made in a thread while the caller works on the one before."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


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
