"""A measurement in a process of its own, so that its memory is nobody else's, with a limit.

    python benchmarks/alone.py trie measure '{"structure": "ours", "folder": "names"}'

prints what the function `measure` of `trie.py` returns, as the last line, in JSON.
"""

import gc
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TOO_LARGE = "does not fit"
TOO_SLOW = "takes too long"


def resident_mb(process: int | str = "self") -> float:
    """Memory that a process holds now, in MB; 0 where the system does not say."""
    return _status(process, "VmRSS")


def peak_mb() -> float:
    """The most that this process has held since it started."""
    return _status("self", "VmHWM")


def settled_mb() -> float:
    """`resident_mb` with nothing left to collect."""
    gc.collect()
    return resident_mb()


def alone(
    module: str, function: str, *, limit_mb: float = 0, limit_s: float = 0, **arguments: Any
) -> dict[str, Any] | str:
    """What `function(**arguments)` of a benchmark returns, called in a new process.

    A process that grows beyond `limit_mb` or takes longer than `limit_s` (0: no limit) is ended: `TOO_LARGE` and
    `TOO_SLOW` say so. Arguments and result are JSON.
    """
    command = [sys.executable, str(Path(__file__)), module, function, json.dumps(arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=os.getcwd()) as process:
        if verdict := _watch(process, limit_mb, limit_s):
            process.kill()
            return verdict
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode < 0 or "MemoryError" in printed:
        return TOO_LARGE
    if process.returncode:
        raise RuntimeError(f"{module}.{function} failed, see above.")
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def _watch(process: "subprocess.Popen[str]", limit_mb: float, limit_s: float) -> str:
    """Waits for the end of a process; what was too much of it, if anything was."""
    started = time.perf_counter()
    while process.poll() is None:
        if limit_mb and resident_mb(process.pid) > limit_mb:
            return TOO_LARGE
        if limit_s and time.perf_counter() - started > limit_s:
            return TOO_SLOW
        time.sleep(0.02)
    return ""


def _status(process: int | str, field: str) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:")), 0.0)


if __name__ == "__main__":
    print(json.dumps(getattr(importlib.import_module(sys.argv[1]), sys.argv[2])(**json.loads(sys.argv[3]))))
