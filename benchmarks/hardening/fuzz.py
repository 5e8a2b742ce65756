"""Many inputs for one reader, in a process that is watched: whether it raises what it may not, hangs, grows or dies."""

import faulthandler
import itertools
import logging
import multiprocessing
import os
import random
import resource
import shutil
import signal
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import c_double, c_long
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from angel_spacy.errors import AngelError

from .mutation import Files, mutated
from .trials import Effort, Outcome

HANGS_AFTER = 60.0  # seconds for one input
SLOW = 3.0  # seconds of processor time for one input, which has 256 KiB at most
MAY_GROW = 2 << 30  # bytes of address space that a reader may take

Change = Callable[[random.Random, Files], Files]


@dataclass(frozen=True)
class Target:
    """What reads: `read` gets the folder with the files of an input, `begin` is called before the first one. `also`
    changes binary files within."""

    name: str
    samples: Sequence[Files]
    read: Callable[[Path], object]
    also: Change | None = None
    begin: Callable[[], object] = lambda: None


@dataclass
class Found:
    """Of one target: how many inputs, kinds of faults with how often, the slowest input, the most memory."""

    n: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    most: int = 0


def fuzz(targets: Sequence[Target], effort: Effort) -> Outcome:
    """All targets, several side by side."""
    with ThreadPoolExecutor(effort.n_processes) as pool:
        found = list(pool.map(lambda target: watched(target, effort), targets))
    outcome = Outcome(sum(one.n for one in found))
    for target, one in zip(targets, found, strict=True):
        outcome.wrong += [f"{target.name}: {fault} ({n} times)" for fault, n in one.faults.most_common()]
    slowest, most = max(one.slowest for one in found), max(one.most for one in found)
    fewest = min(zip(found, targets, strict=True), key=lambda pair: pair[0].n)
    outcome.note = (
        f"{len(targets)} kinds, the fewest {fewest[0].n:,} of {fewest[1].name}; "
        f"slowest {slowest:.1f} s, most memory {most / 2**20:,.0f} MiB"
    )
    return outcome


def input_of(target: Target, seed: int, number: int) -> Files:
    """The input with this number: the same for the same seed."""
    rng = random.Random(f"{seed} {target.name} {number}")
    sample = rng.choice(target.samples)
    return target.also(rng, sample) if target.also and rng.random() < 0.7 else mutated(rng, sample)


def watched(target: Target, effort: Effort) -> Found:
    """Runs the target until the time or the inputs are used up; a process that hangs or dies is followed by another."""
    found, until = Found(), time.monotonic() + effort.seconds
    with TemporaryDirectory(dir=_fast_disk()) as room:
        first = 0
        while first < effort.n_inputs and time.monotonic() < until:
            first = _one_process(target, effort, first, until, Path(room), found)
    found.n = first
    return found


def _one_process(target: Target, effort: Effort, first: int, until: float, room: Path, found: Found) -> int:
    """Inputs from `first` on; the number of the next one."""
    context = multiprocessing.get_context("fork")
    at, slowest, most = (context.RawValue(kind, 0) for kind in (c_long, c_double, c_long))
    at.value = first
    ours, theirs = context.Pipe(duplex=False)
    where = room / "where.txt"
    arguments = (target, effort, first, until, room, theirs, where, (at, slowest, most))
    process = context.Process(target=_work, args=arguments, daemon=True)
    process.start()
    theirs.close()
    seen, since = first, time.monotonic()
    while process.is_alive():
        if ours.poll(0.2):
            _note(ours, found)
        if at.value != seen:
            seen, since = at.value, time.monotonic()
        elif time.monotonic() - since > HANGS_AFTER:
            found.faults[f"hangs at input {seen}, in {_where(process.pid, where)}"] += 1
            process.kill()
            break
    process.join()
    while ours.poll():
        if not _note(ours, found):
            break
    found.slowest, found.most = max(found.slowest, slowest.value), max(found.most, most.value)
    if process.exitcode == 0:
        return int(at.value)
    if process.exitcode != -signal.SIGKILL:
        found.faults[f"the process ends with {process.exitcode} at input {at.value}"] += 1
    _keep(target, effort, int(at.value), "dies")
    return int(at.value) + 1


def _note(connection: Any, found: Found) -> bool:
    try:
        found.faults[connection.recv()] += 1
        return True
    except EOFError:
        return False


def _where(pid: int | None, where: Path) -> str:
    """The innermost lines of ours that a process is in."""
    if pid is None:
        return "?"
    os.kill(pid, signal.SIGUSR1)
    time.sleep(0.5)
    lines = where.read_text().splitlines() if where.exists() else []
    return next((line.strip() for line in lines if "angel_spacy/" in line), "?")


def _work(
    target: Target, effort: Effort, first: int, until: float, room: Path, told: Any, where: Path, shown: tuple[Any, ...]
) -> None:
    at, slowest, most = shown
    warnings.simplefilter("ignore")
    logging.disable()
    with where.open("w") as file:
        faulthandler.register(signal.SIGUSR1, file)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + MAY_GROW,) * 2)
        began = time.monotonic()
        target.begin()
        until += time.monotonic() - began
        folder, seen = room / "input", set[str]()
        for number in itertools.count(first):
            at.value = number
            if number >= effort.n_inputs or time.monotonic() > until:
                break
            files = input_of(target, effort.seed, number)
            _put(files, folder)
            started = time.process_time()
            fault = _fault(target, folder)
            seconds = time.process_time() - started
            slowest.value = max(slowest.value, seconds)
            if fault := fault or ("takes seconds" if seconds > SLOW else ""):
                told.send(fault)
                if fault not in seen:
                    seen.add(fault)
                    _keep(target, effort, number, fault)
        most.value = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    os._exit(0)  # what else there is to end belongs to the parent


def _fault(target: Target, folder: Path) -> str:
    """What is raised that may not be, and where; "" for nothing."""
    try:
        target.read(folder)
    except AngelError:
        return ""
    except Exception as error:
        frames = [one for one in traceback.extract_tb(error.__traceback__) if "angel_spacy/" in one.filename]
        place = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
        file = place.filename.rpartition("angel_spacy/")[2]
        return f"{type(error).__name__} {' '.join(str(error).split())[:60]!r} at {file}:{place.lineno}"
    return ""


def _put(files: Files, folder: Path) -> None:
    """Only these files are in the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _keep(target: Target, effort: Effort, number: int, fault: str) -> None:
    """An input that went wrong, to look at."""
    folder = effort.kept / f"{target.name}-{number}"
    _put(input_of(target, effort.seed, number), folder)
    (folder / "fault.txt").write_text(f"{fault}\n", encoding="utf-8", errors="replace")


def _fast_disk() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
