"""The command line: runs the trials one after another and prints a table of what they say."""

import argparse
import os
import time
import traceback
from pathlib import Path

from . import bombs, corpora, corrupted, disk, guided, kbs, kills, long_document, requests, served, texts, writers
from .trials import Effort, Outcome, SkippedError, Trial

TRIALS: dict[str, Trial] = {
    "fuzz-corpora": corpora.run,
    "fuzz-kbs": kbs.run,
    "fuzz-guided": guided.run,
    "fuzz-texts": texts.run,
    "fuzz-requests": requests.run,
    "corrupted-kb": corrupted.kb,
    "corrupted-pipeline": corrupted.pipeline,
    "disk-full": disk.full,
    "read-only": disk.read_only,
    "bombs": bombs.unpacking,
    "long-tokens": bombs.long_tokens,
    "entities": bombs.entities,
    "paths": bombs.paths,
    "long-document": long_document.run,
    "two-writers": writers.run,
    "kill-annotate": kills.annotate,
    "kill-annotate-ray": kills.annotate_with_ray,
    "kill-kb-build": kills.kb_build,
    "kill-training": kills.training,
    "kill-serve": served.run,
}

_SECONDS, _KILLS = 20.0, 3  # of each kind, at scale 1: minutes in all
_AN_HOUR = 20.0  # by which the scale takes about an hour


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hardening", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=TRIALS, help=f"of {', '.join(TRIALS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="1: minutes")
    parser.add_argument("--hours", type=float, help="about so many, in place of --scale")
    parser.add_argument("--inputs", type=int, default=10**9, help="of each kind that is fuzzed, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--keep", type=Path, default=Path("hardening-faults"), help="a folder for what goes wrong")
    options = parser.parse_args()
    scale = options.hours * _AN_HOUR if options.hours else options.scale
    n_kills = max(1, round(_KILLS * scale))
    effort = Effort(_SECONDS * scale, options.inputs, n_kills, options.processes, options.seed, options.keep)
    n_wrong = sum(_tried(name, TRIALS[name], effort) for name in options.only or TRIALS)
    raise SystemExit(1 if n_wrong else 0)


def _tried(name: str, trial: Trial, effort: Effort) -> int:
    """Prints the row of a trial; how much went wrong."""
    started = time.perf_counter()
    try:
        outcome = trial(effort)
    except SkippedError as reason:
        outcome = Outcome(note=f"skipped: {reason}")
    except Exception:
        outcome = Outcome(wrong=[f"the trial itself: {traceback.format_exc()}"])
    seconds = time.perf_counter() - started
    print(f"| {name} | {outcome.n:,} | {len(outcome.wrong)} | {seconds:.0f} s | {outcome.note} |", flush=True)
    for problem in outcome.wrong:
        print(f"    {problem}", flush=True)
    return len(outcome.wrong)


if __name__ == "__main__":
    main()
