"""Programs that are killed at random and started again: what they write is what one that was left alone writes."""

import hashlib
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .toys import command, started, stored_pipeline, waited, write_concepts, write_texts
from .trials import Effort, Outcome, SkippedError, check

_PATIENCE = 300.0  # seconds for a run of which a part was killed


@dataclass(frozen=True)
class Program:
    """What is started with a folder to write to, how it is killed, and what to compare of what it wrote."""

    name: str
    do: Callable[[Path], Callable[[], object]]
    ways: tuple[str, ...]
    wrote: Callable[[Path], Any]


def annotate(effort: Effort) -> Outcome:
    """`angel annotate IN FOLDER/` with two workers: a worker, the leader, or all of them."""
    return _annotate(effort, "local", ("worker", "leader", "group"))


def annotate_with_ray(effort: Effort) -> Outcome:
    """The same with Ray: an actor, the node that it is on, the driver, or all of them."""
    try:
        import ray  # noqa: F401
    except ImportError:
        raise SkippedError("Ray is an extra") from None
    os.environ.update(RAY_worker_niceness="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
    return _annotate(effort, "ray", ("ray::MapWorker", "raylet", "leader", "group"))


def _annotate(effort: Effort, engine: str, ways: tuple[str, ...]) -> Outcome:
    with TemporaryDirectory() as room:
        texts = write_texts(Path(room, "texts.jsonl"), 2000)
        words = ["--pipeline", stored_pipeline(Path(room)), "--engine", engine, "--n-process", 2, "--shard-size", 20]
        words += ["--precision", "int8"]  # which rounds by what is worked on together
        program = Program(
            f"annotate, {engine}", lambda folder: command(["annotate", texts, f"{folder}/", *words]), ways, _files
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
    """Three stages of training, which keep checkpoints: the last one learns from the model's own wrong answers."""
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
        same = program.wrote(folder) == expected
        outcome.wrong += [] if same else [f"{program.name}: another result after kill {number}"]
    outcome.n = n_in_time
    outcome.note = f"{effort.n_kills} runs, {seconds:.1f} s each when left alone"
    return outcome


def _kill(program: Program, folder: Path, rng: random.Random, after: float) -> bool:
    """Starts it and kills it some seconds later; whether it still ran."""
    process, way = started(program.do(folder)), rng.choice(program.ways)
    if _ends(process, after):
        waited(process)
        return False
    others = [one for one in _descendants(process) if way in ("worker", "group") or way in _name(one)]
    if way not in ("leader", "group") and others:
        os.kill(rng.choice(others), signal.SIGKILL)
        if not _ends(process, _PATIENCE):
            raise RuntimeError(f"{program.name} neither goes on nor ends when {way} was killed")
        waited(process)
        return True
    for one in (process, *(others if way == "group" else ())):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    waited(process)
    if any(_lives_on(one, _PATIENCE) for one in others):
        raise RuntimeError(f"{program.name}: a process lives on whose leader was killed")
    return True


def _lives_on(process: int, seconds: float) -> bool:
    """Whether a process is there after so many seconds; one that ended and was not waited for is not."""
    until = time.monotonic() + seconds
    while (state := _state(process)) not in ("", "Z") and time.monotonic() < until:
        time.sleep(0.05)
    return state not in ("", "Z")


def _state(process: int) -> str:
    """As /proc has it, behind the name in brackets; "" where it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _ends(process: int, seconds: float) -> bool:
    """Waits for its end so long; whether it came."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return True
        time.sleep(0.01)
    return False


def _descendants(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    try:
        children = list(map(int, found.read_text().split()))
    except OSError:
        return []
    return [one for child in children for one in (child, *_descendants(child))]


def _name(process: int) -> str:
    """What a process calls itself."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
    except OSError:
        return ""


def _files(folder: Path) -> dict[str, str]:
    """Checksums of what users see; paths within are made alike."""
    own = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".angel" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in own}


def _weights(folder: Path) -> dict[str, str]:
    return {name: sha for name, sha in _files(folder).items() if name.endswith((".safetensors", "tokenizer.json"))}
