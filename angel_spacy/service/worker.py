"""The one thread that uses the pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import ceil, inf
from threading import Thread

from .tasks import Task, TaskQueue

_NEWEST = 0.2  # how much the last batch counts in the measured rate
_FIRST = 1.0  # seconds that a task is thought to take before one was done
_LONGEST_WAIT = 60  # seconds that a client is told to wait


class Worker:
    """Works off a queue, batch by batch.

    Pipelines are not safe for threads. So this thread alone calls one: whatever needs the pipeline is a `Task`, and all
    other threads only put tasks and wait for their results.
    """

    def __init__(self, queue: TaskQueue, batch: int, note: Callable[[int], None]) -> None:
        """`batch`: how many tasks are done together at most; `note` is told how many are."""
        self._queue, self._batch, self._note = queue, batch, note
        self._seconds = 0.0  # that a task takes
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begins to work, anew after `stop`. A thread that still runs goes on alone."""
        self._queue.open()
        if not self.is_busy():
            self._thread = Thread(target=self._run, name="angel-pipeline", daemon=True)
            self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Works off what waits and ends; False when that takes longer than `timeout` seconds."""
        self._queue.close()
        if self._thread:
            self._thread.join(timeout)
        return not self.is_busy()

    def is_busy(self) -> bool:
        """Whether its thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def seconds_until(self, n: int) -> int:
        """About when `n` tasks will have been done, whole seconds from 1 on, by how long the last ones took."""
        return min(max(ceil(n * (self._seconds or _FIRST)), 1), _LONGEST_WAIT)

    def n_within(self, seconds: float) -> float:
        """About how many tasks will be done in that time; before the first one, any number."""
        return seconds / self._seconds if self._seconds else inf

    def _run(self) -> None:
        while taken := self._queue.take(self._batch):
            tasks = [task for task in taken if task.result.set_running_or_notify_cancel()]
            if tasks:
                self._note(len(tasks))
                started = time.perf_counter()
                _do(tasks)
                self._measure((time.perf_counter() - started) / len(tasks))

    def _measure(self, seconds: float) -> None:
        self._seconds = _NEWEST * seconds + (1 - _NEWEST) * self._seconds if self._seconds else seconds


def _do(tasks: Sequence[Task]) -> None:
    """Every task gets its result, or the error that kept it from one."""
    try:
        for task, result in zip(tasks, tasks[0].work([task.article for task in tasks]), strict=True):
            task.result.set_result(result)
    except BaseException as error:  # the thread goes on, whatever the pipeline raises
        for task in tasks:
            if not task.result.done():
                task.result.set_exception(error)
