"""The toy pipeline of the tests, texts and vocabularies for it, and commands of `angel`, in this process or in one of
their own, which is forked, so that a start costs nothing."""

import gzip
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TEXTS = ("Gout and aspirin.", "Renal failure.", "Nothing here.", "Podagra, renal failure and acetylsalicylic acid.")


def toy_pipeline() -> Any:
    """Rules find mentions, a tiny generator links them to three concepts."""
    sys.path.append(str(ROOT / "tests"))
    from tiny import tiny_pipeline  # type: ignore[import-not-found]

    return tiny_pipeline()


def stored_pipeline(room: Path) -> Path:
    """The toy pipeline in a folder."""
    from angel_spacy.pipelines import store_pipeline

    folder = room / "pipeline"
    store_pipeline(toy_pipeline(), folder)
    return folder


def write_texts(path: Path, n: int) -> Path:
    """A JSONL file of `n` articles, packed when its name says so. Some sentences come again and again, most do not."""
    rng = random.Random(0)
    texts = (f"{rng.choice(TEXTS)} Case {rng.randrange(500)}: {rng.choice(TEXTS)}" for _ in range(n))
    lines = (json.dumps({"id": str(i), "text": text}) for i, text in enumerate(texts))
    data = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)
    return path


def write_concepts(path: Path, n: int) -> Path:
    """A JSONL source of `n` concepts."""
    lines = (json.dumps({"id": f"X:{i}", "names": [f"disease {i}", f"illness of kind {i}"]}) for i in range(n))
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def angel(*words: object) -> tuple[int, str]:
    """The exit code of a command of `angel` and what it printed; -1 when it raises what no command may."""
    from typer.testing import CliRunner

    from angel_spacy.cli import app

    result = CliRunner().invoke(app, list(map(str, words)))
    escaped = result.exception is not None and not isinstance(result.exception, SystemExit)
    return -1 if escaped else result.exit_code, f"{result.output} {result.exception!r}" if escaped else result.output


def started(do: Callable[[], object]) -> int:
    """A process of its own group that does it, quietly; its number."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        outcome = do()
        code = outcome if isinstance(outcome, int) else 0
    finally:
        os._exit(code)


def command(words: Sequence[object]) -> Callable[[], int]:
    """A command of `angel`, to be started: its exit code."""
    return lambda: angel(*words)[0] % 256


def waited(process: int) -> int:
    """The exit code of a process, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
