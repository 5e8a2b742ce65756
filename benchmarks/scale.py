"""One run of `angel annotate IN FOLDER/` beside others: engines, and a run that is killed and given again.

    python benchmarks/scale.py abstracts.jsonl.gz --workers 2 --limit 2000

Each side is the command itself, one after the other. Says whether all wrote the same bytes, how many abstracts a second
each did from its first shard to its last one (`steady`) and from beginning to end (`whole`), and what memory it took.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.jsonl import jsonl_line
from angel_spacy.records import LinkedArticle

PAGE = os.sysconf("SC_PAGE_SIZE")
_EVERY = 0.5  # seconds between two looks at memory


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--pipeline", default="starter")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=int, help="of the abstracts")
    parser.add_argument("--shard-size", type=int, default=500)
    parser.add_argument("--engines", nargs="+", default=["local", "ray"])
    parser.add_argument("--kills", type=int, default=1, help="of a local run, spread over it, before it is left to end")
    parser.add_argument("--more", default="", help="options of `angel annotate` in quotes: --more='--precision int8'")
    options = parser.parse_args()
    with TemporaryDirectory() as room:
        source = taken(options.source, options.limit, Path(room))
        n = sum(1 for _ in read_articles(source))
        print(f"{n:,} abstracts, {options.workers} workers, shards of {options.shard_size}")
        told = {}
        for engine in options.engines:
            folder = Path(room, engine)
            seconds, steady, memory = run(command(options, source, folder, engine), folder)
            told[engine] = checksums(folder)
            print(
                f"{engine:>8}: whole {n / seconds:.2f}/s ({seconds:.0f} s), steady {steady:.2f}/s, {memory}", flush=True
            )
        first = options.engines[0]
        if options.kills:
            folder = Path(room, "killed")
            n_before = killed(command(options, source, folder, "local"), folder, options.kills, len(told[first]))
            told["killed"] = checksums(folder)
            print(f"  killed: with {n_before} shards done, then given again", flush=True)
        for name in list(told)[1:]:
            print(f"{first} and {name}: {'the same bytes' if told[name] == told[first] else 'NOT THE SAME'}")
        print(f"shards {len(told[first])}, totals {totals(Path(room, first))}")


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


def run(program: list[str], folder: Path) -> tuple[float, float, str]:
    """Seconds, articles a second between the first shard and the last, and what was seen of memory."""
    started = time.perf_counter()
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    most: dict[str, int] = {}
    while process.poll() is None:
        for name, size in memory_of_workers(process.pid).items():
            most[name] = max(most.get(name, 0), size)
        time.sleep(_EVERY)
    assert process.returncode == 0, process.stderr.read() if process.stderr else ""
    seconds = time.perf_counter() - started
    done = sorted((folder / ".angel" / "done").glob("*.json"), key=lambda path: path.stat().st_mtime)
    n_later = sum(json.loads(path.read_text())["articles"] for path in done[1:])
    between = done[-1].stat().st_mtime - done[0].stat().st_mtime
    seen = ", ".join(f"{name} {size / 2**20:,.0f} MiB" for name, size in sorted(most.items()))
    return seconds, n_later / between if between else float("nan"), f"private memory: {seen}"


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


def killed(program: list[str], folder: Path, n_kills: int, n_shards: int) -> int:
    """Kills the leader and its workers `n_kills` times, then lets it end; shards that were done by then."""
    rng = random.Random(0)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for number in range(n_kills):
        process = subprocess.Popen(program, start_new_session=True, **quiet)
        wanted = n_shards * (number + 1) // (n_kills + 1)
        while process.poll() is None and len(list((folder / ".angel" / "done").glob("*.json"))) < wanted:
            time.sleep(0.05)
        time.sleep(rng.random())
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    n_before = len(list((folder / ".angel" / "done").glob("*.json")))
    subprocess.run(program, check=True, **quiet)
    return n_before


def checksums(folder: Path) -> dict[str, str]:
    """Of every shard, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.gz"))}


def totals(folder: Path) -> str:
    """The last line of a manifest."""
    return (folder / "manifest.jsonl").read_text().splitlines()[-1]


if __name__ == "__main__":
    main()
