"""One run of `angel annotate IN FOLDER/` beside others: engines, of which the last is killed and given again.

    python benchmarks/scale.py abstracts.jsonl.gz --workers 2 --limit 2000

Each side is the command itself, one after the other. Says whether all wrote the same bytes, how many abstracts a second
each did from its first shard to its last one (`steady`; of a run that is killed, before and after) and from beginning
to end (`whole`), and what memory it took.
"""

import argparse
import hashlib
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.jsonl import jsonl_line
from angel_spacy.records import LinkedArticle

PAGE = os.sysconf("SC_PAGE_SIZE")
_LOOK = 5.0  # seconds between two looks at memory: they take processor time themselves
_KILLED_WITHIN = 60.0  # seconds after the shard at which it is time


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--pipeline", default="starter")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=int, help="of the abstracts")
    parser.add_argument("--shard-size", type=int, default=500)
    parser.add_argument("--engines", nargs="+", default=["local", "ray"])
    parser.add_argument("--kills", type=int, default=1, help="of the last engine's run, spread over it")
    parser.add_argument("--more", default="", help="options of `angel annotate` in quotes: --more='--precision int8'")
    options = parser.parse_args()
    with TemporaryDirectory() as room:
        source = taken(options.source, options.limit, Path(room))
        n = sum(1 for _ in read_articles(source))
        print(f"{n:,} abstracts, {options.workers} workers, shards of {options.shard_size}")
        told = {}
        for place, engine in enumerate(options.engines):
            folder = Path(room, str(place))
            n_kills = options.kills if place == len(options.engines) - 1 else 0
            kills_at = [n * (number + 1) // (n_kills + 1) for number in range(n_kills)]
            print(f"{engine:>8}: {run(command(options, source, folder, engine), folder, n, kills_at)}", flush=True)
            told[place] = checksums(folder)
        for place, engine in enumerate(options.engines[1:], start=1):
            others = sorted(name for name, _ in told[0].items() ^ told[place].items())
            same = f"NOT THE SAME: {', '.join(dict.fromkeys(others))}" if others else "the same bytes"
            print(f"{options.engines[0]} and {engine}: {same}")
        print(f"shards {len(told[0])}, totals {totals(Path(room, '0'))}")


def taken(source: Path, limit: int | None, room: Path) -> Path:
    """The file, or its first articles as another."""
    if limit is None:
        return source
    target = room / "some.jsonl"
    with target.open("w", encoding="utf-8") as file:
        for article in islice(read_articles(source, texts_only=True), limit):
            file.write(jsonl_line(LinkedArticle.of(article)))
    return target


def command(options: argparse.Namespace, source: Path, folder: Path, engine: str) -> list[str]:
    """What a user types."""
    program = [sys.executable, "-m", "spacy", "angel", "annotate", str(source), f"{folder}/"]
    program += ["--pipeline", options.pipeline, "--engine", engine, "--n-process", str(options.workers)]
    return [*program, "--shard-size", str(options.shard_size), *options.more.split()]


def run(program: list[str], folder: Path, n_articles: int, kills_at: Sequence[int]) -> str:
    """Runs it to its end, killed and given again each time when so many articles are done: its speed and its memory."""
    rng, most, said = random.Random(0), Counter[str](), folder.with_suffix(".txt")
    seconds, rates = 0.0, list[str]()
    for n_wanted in (*kills_at, n_articles):
        before, started = set(done(folder)), time.perf_counter()
        with said.open("wb") as file:
            process = subprocess.Popen(program, stdout=file, stderr=file, start_new_session=True)
        while process.poll() is None:
            most |= Counter(memory_of_workers(process.pid))
            time.sleep(_LOOK)
            if n_wanted < n_articles and sum(done(folder).values()) >= n_wanted:
                time.sleep(rng.uniform(0, _KILLED_WITHIN))
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        seconds += time.perf_counter() - started
        if n_wanted == n_articles and process.returncode:
            raise SystemExit(said.read_text())
        rates.append(f"{rate({path: n for path, n in done(folder).items() if path not in before}):.2f}/s")
    memory = ", ".join(f"{name} {size / 2**20:,.0f} MiB" for name, size in sorted(most.items()))
    speed = f"whole {n_articles / seconds:.2f}/s ({seconds:.0f} s), steady {' then '.join(rates)}"
    return f"{speed}, private memory: {memory}" + f", killed {len(kills_at)} times" * bool(kills_at)


def rate(shards: Mapping[Path, int]) -> float:
    """Articles a second, from the first of the shards to the last."""
    times = {path: path.stat().st_mtime for path in shards}
    if len(times) < 2:
        return math.nan
    first = min(times, key=times.__getitem__)
    return (sum(shards.values()) - shards[first]) / (max(times.values()) - times[first])


def done(folder: Path) -> dict[Path, int]:
    """What is noted of the shards that are done, and how many articles each has."""
    notes = (folder / ".angel" / "done").glob("*.json")
    return {path: json.loads(path.read_text())["articles"] for path in notes}


def memory_of_workers(leader: int) -> dict[str, int]:
    """Bytes that the leader, and the largest worker, do not share with others."""
    found = {"leader": _private(leader)}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes()
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"MapWorker" in words or (parent == leader and b"spacy" in words):
            found["worker"] = max(found.get("worker", 0), _private(int(path.name)))
    return found


def _private(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def checksums(folder: Path) -> dict[str, str]:
    """Of every shard, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.gz"))}


def totals(folder: Path) -> str:
    """The last line of a manifest."""
    return (folder / "manifest.jsonl").read_text().splitlines()[-1]


if __name__ == "__main__":
    main()
