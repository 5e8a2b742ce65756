"""Worker processes on this machine: each does a task at a time, and one that dies is followed by another."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any

from ...errors import RunError, in_one_line

Task = tuple[Any, ...]
Do = Callable[..., Any]

CAN_FORK = "fork" in multiprocessing.get_all_start_methods()

_DEATHS = 50  # one behind the other, without a task that is done


def each(make: Callable[[], Do], tasks: Iterable[Task], n_workers: int) -> Iterator[Any]:
    """What `make()` gives for each task, in the order in which they are done. As many tasks are in memory as there are
    workers.

    Where processes can be forked, it is made once, here, and the workers share it. Raises what it raises, and RunError
    when workers die and nothing else comes.
    """
    do = make() if CAN_FORK else None
    team = _Team(lambda: do) if do else _Team(make)
    try:
        yield from _done_by(team, tasks, n_workers)
    finally:
        team.stop()


def _done_by(team: "_Team", tasks: Iterable[Task], n_workers: int) -> Iterator[Any]:
    again: deque[Task] = deque()
    coming = iter(tasks)
    n_deaths = 0
    while True:
        while len(team.busy) < n_workers and (task := again.popleft() if again else next(coming, None)):
            team.give(task)
        if not team.busy:
            return
        for answer in team.answers():
            if isinstance(answer, _Died):
                n_deaths += 1
                again.append(answer.task)
                continue
            if isinstance(answer, Exception):
                raise answer
            n_deaths = 0
            yield answer
        if n_deaths > _DEATHS:
            raise RunError(
                f"{n_deaths} workers died and nothing was done in between: look at the memory of the machine "
                "(fewer workers need less), then give the command again."
            )


@dataclass
class _Member:
    process: BaseProcess
    connection: Connection
    task: Task = ()


@dataclass
class _Died:
    task: Task


class _Team:
    """Worker processes; those that are `busy` have a task."""

    def __init__(self, make: Callable[[], Do | None]) -> None:
        self._make = make
        self._context = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
        self._idle: list[_Member] = []
        self.busy: dict[Connection, _Member] = {}

    def give(self, task: Task) -> None:
        """Gives a task to one that is idle, or new."""
        member = self._idle.pop() if self._idle else self._new()
        member.task = task
        self.busy[member.connection] = member
        try:
            member.connection.send(task)
        except OSError:  # it died before; `answers` will hear of it
            return

    def answers(self) -> Iterator[Any]:
        """What comes next: results, errors, and the tasks of those that died."""
        for connection in wait(list(self.busy)):
            assert isinstance(connection, Connection)
            member = self.busy.pop(connection)
            try:
                answer = connection.recv()
            except (EOFError, OSError):
                member.process.join()
                connection.close()
                answer = _Died(member.task)
            else:
                self._idle.append(member)
            yield answer

    def stop(self) -> None:
        """Ends all at once."""
        for member in (*self._idle, *self.busy.values()):
            member.process.kill()
            member.process.join()
            member.connection.close()

    def _new(self) -> _Member:
        ours, theirs = self._context.Pipe()
        process: BaseProcess = self._context.Process(target=_serve, args=(self._make, theirs), daemon=True)  # type: ignore[attr-defined]
        process.start()
        theirs.close()
        return _Member(process, ours)


def _serve(make: Callable[[], Do], connection: Connection) -> None:
    """Does tasks until there will be no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who leads the team ends it
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            do = make()
        except Exception as error:
            connection.send(_sendable(error))
            return
        for task in _given(connection):
            connection.send(_done(do, task))


def _given(connection: Connection) -> Iterator[Task]:
    """The tasks, until the other end is closed or its process is no more: forked children keep copies of that end."""
    leader = multiprocessing.parent_process()
    assert leader
    while connection in wait([connection, leader.sentinel]):
        yield connection.recv()


def _done(do: Do, task: Task) -> Any:
    """The result, or the error."""
    try:
        return do(*task)
    except Exception as error:
        return _sendable(error)


def _sendable(error: Exception) -> Exception:
    try:
        ForkingPickler.dumps(error)
        return error
    except Exception:
        return RunError(f"{in_one_line(error)}; mend it, then give the command again.")
