"""Texts that wait to be worked on, of all clients together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from ..records import Article

Work = Callable[[Sequence[Article]], Iterable[Any]]
"""Gives one result for each article, in order."""

_CHARACTERS = 50_000  # that are worked on together: what was begun cannot be dropped, so it is not to be much


@dataclass(eq=False, slots=True)
class Task:
    """One text, what is to be done with it, and the result to come."""

    article: Article
    work: Work
    result: Future[Any] = field(default_factory=Future)


class TaskQueue:
    """At most `limit` tasks, first come, first served. Any thread may put, take and drop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tasks: deque[Task] = deque()
        self._closed = False
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._tasks)

    def put(self, tasks: Sequence[Task]) -> bool:
        """Lets all of the tasks wait, or none of them: then it is False."""
        with self._changed:
            if self._closed or len(self._tasks) + len(tasks) > self._limit:
                return False
            self._tasks.extend(tasks)
            self._changed.notify()
            return True

    def take(self, most: int) -> list[Task]:
        """Up to `most` tasks with the same work as the first one has; waits for that, and is empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._closed)
            taken = _alike(self._tasks, most)
            self._remove(taken)
            return taken

    def drop(self, tasks: Iterable[Task]) -> None:
        """Takes out those of the tasks that still wait."""
        with self._changed:
            self._remove(set(tasks))

    def open(self) -> None:
        """Takes tasks, anew after `close`."""
        with self._changed:
            self._closed = False

    def close(self) -> None:
        """Takes no more tasks; those that wait can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _remove(self, tasks: Collection[Task]) -> None:
        gone = set(tasks)
        self._tasks = deque(task for task in self._tasks if task not in gone)


def _alike(tasks: Iterable[Task], most: int) -> list[Task]:
    found: list[Task] = []
    n_characters = 0
    for task in tasks:
        if found and task.work is not found[0].work:
            continue
        n_characters += len(task.article.text)
        if found and (len(found) == most or n_characters > _CHARACTERS):
            break
        found.append(task)
    return found
