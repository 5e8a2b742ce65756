"""`angel serve`, killed at random while clients ask it and started again: every text is answered, as it is by a service
that was left alone."""

import json
import multiprocessing
import random
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from multiprocessing.connection import Connection
from os import kill
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .toys import TEXTS, command, started, stored_pipeline, waited
from .trials import Effort, Outcome

_N_TEXTS, _CLIENTS = 400, 8
_PATIENCE = 120.0  # seconds for an answer, all its tries together


def run(effort: Effort) -> Outcome:
    """As many kills as are asked for, one service after the other at the same port."""
    texts = [f"{TEXTS[i % len(TEXTS)]} Patient {i}." for i in range(_N_TEXTS)]
    with TemporaryDirectory() as room:
        place = _Place(stored_pipeline(Path(room)))
        expected, seconds = place.answers(texts), place.seconds
        outcome, rng = Outcome(), random.Random(effort.seed)
        while outcome.n < effort.n_kills:
            place.killed_after = [rng.random() * seconds for _ in range(min(3, effort.n_kills - outcome.n))]
            outcome.n += len(place.killed_after)
            found = place.answers(texts)
            wrong = sum(one != other for one, other in zip(found, expected, strict=True))
            outcome.wrong += [f"{wrong} of {len(texts)} answers missing or other"] if wrong else []
        outcome.note = f"{len(texts)} texts of {_CLIENTS} clients, {seconds:.1f} s when left alone"
    return outcome


class _Place:
    """A port at which a service answers, now and again. `killed_after`: seconds that each of the next ones lives."""

    def __init__(self, pipeline: Path) -> None:
        self._pipeline = pipeline
        self.killed_after: list[float] = []
        self.seconds = 0.0

    def answers(self, texts: Sequence[str]) -> list[Any]:
        """Of each text; None for one that is not answered in all that time."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        fork = multiprocessing.get_context("fork")
        ours, theirs = fork.Pipe(duplex=False)
        clients = fork.Process(target=_ask_all, args=(port, texts, theirs))  # who forks has no threads
        began = time.monotonic()
        clients.start()
        self._keep(port, ours)
        found: list[Any] = ours.recv()
        self.seconds = time.monotonic() - began
        clients.join()
        return found

    def _keep(self, port: int, answers: Connection) -> None:
        """Starts a service, kills it after its time, and starts another, until there are all answers."""
        while not answers.poll():
            process = started(command(["serve", self._pipeline, "--port", port]))
            answers.poll(self.killed_after.pop() if self.killed_after else None)
            kill(process, signal.SIGKILL)
            waited(process)


def _ask_all(port: int, texts: Sequence[str], told: Connection) -> None:
    with ThreadPoolExecutor(_CLIENTS) as clients:
        told.send(list(clients.map(lambda text: _answer(port, text), texts)))


def _answer(port: int, text: str) -> Any:
    """Asks until there is an answer: concepts with their probabilities to the fourth digit."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/link",
        json.dumps({"texts": [text]}).encode(),
        {"Content-Type": "application/json"},
    )
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(OSError, HTTPException), urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:
            (article,) = json.load(answer)["articles"]
            return [
                (one["start"], one["end"], [(c["id"], round(c["probability"], 4)) for c in one["candidates"]])
                for one in article["mentions"]
            ]
        time.sleep(0.05)
    return None
