"""Programs that are killed at random and started again: what they write is what one that was left alone writes."""

import hashlib
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .toys import command, started, stored_pipeline, waited, write_concepts, write_texts
from .trials import Effort, Outcome, check

_PATIENCE = 900.0  # seconds for a run that is left alone


@dataclass(frozen=True)
class Program:
    """What is started with a folder to write to, how it is killed, and what to compare of what it wrote."""

    name: str
    do: Callable[[Path], Callable[[], object]]
    ways: tuple[str, ...]
    wrote: Callable[[Path], Any]


def annotate(effort: Effort) -> Outcome:
    """`angel annotate IN FOLDER/` with two workers: a worker, the leader, or all of them."""
    with TemporaryDirectory() as room:
        texts = write_texts(Path(room, "texts.jsonl"), 2000)
        words = ["--pipeline", stored_pipeline(Path(room)), "--n-process", 2, "--shard-size", 20]
        program = Program(
            "annotate",
            lambda folder: command(["annotate", texts, f"{folder}/", *words]),
            ("worker", "leader", "group"),
            _files,
        )
        return _killed(program, effort, Path(room))


def kb_build(effort: Effort) -> Outcome:
    """`angel kb build`, over a knowledge base that is there."""
    with TemporaryDirectory() as room:
        concepts = write_concepts(Path(room, "concepts.jsonl"), 20_000)
        program = Program(
            "kb build", lambda folder: command(["kb", "build", "jsonl", concepts, folder / "kb"]), ("group",), _files
        )
        return _killed(program, effort, Path(room))


def training(effort: Effort) -> Outcome:
    """A stage of training that keeps checkpoints."""
    from .training_toy import recipe_in, trained

    with TemporaryDirectory() as room:
        recipe = recipe_in(Path(room, "sources"))
        program = Program("train", lambda folder: lambda: trained(recipe, folder), ("group",), _weights)
        return _killed(program, effort, Path(room))


def _killed(program: Program, effort: Effort, room: Path) -> Outcome:
    outcome, rng = Outcome(), random.Random(effort.seed)
    began = time.monotonic()
    code = waited(started(program.do(room / "alone")))
    seconds, expected = time.monotonic() - began, program.wrote(room / "alone")
    if code:
        raise RuntimeError(f"{program.name}: exit code {code} without any kill")
    n_in_time = 0
    for number in range(effort.n_kills):
        folder = room / f"killed-{number}"
        for _ in range(rng.choice((1, 1, 2, 3))):
            n_in_time += _kill(program, folder, rng, rng.random() * seconds)
        check(outcome, waited(started(program.do(folder))) == 0, f"{program.name}: no good end after kill {number}")
        same = outcome.wrong or program.wrote(folder) == expected
        outcome.wrong += [] if same else [f"{program.name}: another result after kill {number}"]
    outcome.n = n_in_time
    outcome.note = f"{effort.n_kills} runs, {seconds:.1f} s each when left alone"
    return outcome


def _kill(program: Program, folder: Path, rng: random.Random, after: float) -> bool:
    """Starts it and kills it some seconds later; whether it still ran."""
    process, way = started(program.do(folder)), rng.choice(program.ways)
    until = time.monotonic() + after
    while time.monotonic() < until:
        if os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            waited(process)
            return False
        time.sleep(0.01)
    children = _children(process) if way == "worker" else []
    if children:
        os.kill(rng.choice(children), signal.SIGKILL)
        return waited(process) == 0 or bool(program.wrote(folder))
    os.killpg(process, signal.SIGKILL) if way == "group" else os.kill(process, signal.SIGKILL)
    waited(process)
    return True


def _children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    return list(map(int, found.read_text().split())) if found.exists() else []


def _files(folder: Path) -> dict[str, str]:
    """Checksums of what users see; paths within are made alike."""
    own = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".angel" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in own}


def _weights(folder: Path) -> dict[str, str]:
    return {name: sha for name, sha in _files(folder).items() if name.endswith((".safetensors", "tokenizer.json"))}
