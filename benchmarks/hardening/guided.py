"""The readers fuzzed by atheris, which sees what code an input reaches, and goes on from inputs that reach more.

A process for each format whose samples are one file: `python -m benchmarks.hardening.guided corpora jsonl FOLDER ...`
with options of libFuzzer, and FOLDER with the inputs to begin with. What goes wrong ends the process.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from angel_spacy.errors import AngelError

from .fuzz import HANGS_AFTER, MAY_GROW, Target
from .mutation import Files
from .toys import ROOT
from .trials import Effort, Outcome, SkippedError

_RUNS = re.compile(r"Done (\d+) runs")
_WRONG = re.compile(r"=== Uncaught Python exception: ===\n(.+)|(ERROR: libFuzzer: .+)")
_SPARE = 60.0  # seconds that a process may take to begin and to end


def run(effort: Effort) -> Outcome:
    """Each format for so many seconds."""
    if not find_spec("atheris"):
        raise SkippedError("pip install atheris")
    from . import corpora, kbs

    kinds = [(room, one) for room, own in (("corpora", corpora.targets()), ("kbs", kbs.targets())) for one in own]
    kinds = [(room, target) for room, target in kinds if _alone(target)]
    with ThreadPoolExecutor(effort.n_processes) as pool:
        told = list(pool.map(lambda kind: _fuzzed(*kind, effort), kinds))
    outcome = Outcome(note=f"{len(kinds)} kinds")
    for (_, target), text in zip(kinds, told, strict=True):
        outcome.n += sum(map(int, _RUNS.findall(text)))
        faults = ["".join(found) for found in _WRONG.findall(text)]
        outcome.wrong += [f"{target.name}: {fault}" for fault in faults]
        if not faults and not _RUNS.search(text):
            outcome.wrong.append(f"{target.name}: it ended with {text[-300:]!r}")
    return outcome


def _fuzzed(room: str, target: Target, effort: Effort) -> str:
    """What the process of a format prints."""
    effort.kept.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        for number, files in enumerate(_alone(target)):
            Path(folder, str(number)).write_bytes(*files.values())
        command = [sys.executable, "-m", "benchmarks.hardening.guided", room, target.name, folder]
        command += [f"-max_total_time={effort.seconds:.0f}", f"-seed={effort.seed + 1}", f"-timeout={HANGS_AFTER:.0f}"]
        command += [f"-rss_limit_mb={MAY_GROW >> 20}", f"-artifact_prefix={effort.kept.resolve()}/{target.name}-"]
        limit = effort.seconds + HANGS_AFTER + _SPARE
        done = subprocess.run(command, cwd=ROOT, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, timeout=limit)
    return done.stdout.decode(errors="replace")


def _alone(target: Target) -> list[Files]:
    """The samples that are one file."""
    return [files for files in target.samples if len(files) == 1]


def main(room: str, name: str, options: Sequence[str]) -> None:
    """One format, until the time is up or something goes wrong."""
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["angel_spacy.corpora", "angel_spacy.kb"]):
        from . import corpora, kbs
    targets = {"corpora": corpora.targets, "kbs": kbs.targets}[room]()
    target = next(one for one in targets if one.name == name)
    (file,) = _alone(target)[0]
    with TemporaryDirectory() as folder:

        def one(data: bytes) -> None:
            Path(folder, file).write_bytes(data)
            try:
                target.read(Path(folder))
            except AngelError:
                return

        atheris.Setup([sys.argv[0], *options], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
