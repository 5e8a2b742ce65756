r"""The service under load: answers a second, how long they take, and whether its memory stays flat.

    python benchmarks/serve.py --texts abstracts.jsonl.gz --clients 200 --seconds 60

Starts `angel serve` at a free port of this machine; each client sends one text after the other and, where it is told
that too much waits, sends it again after the seconds of Retry-After. The clients take processor time from the service.
Times are those of single requests that were answered, in seconds; texts that come again cost less, as the linker
remembers what it was asked: give enough of them. Memory is that of the service, in MB.
"""

import argparse
import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx2
from alone import resident_mb
from machine import describe, publish

from angel_spacy.corpora.formats import read_articles
from angel_spacy.pipelines import DEMO_TEXTS, STARTER

_MANY_SECONDS = 300  # that an answer, or the end, may take
_SAMPLES = 12  # looks at the memory


@dataclass
class Load:
    """What the clients saw."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    mentions: int = 0


@contextmanager
def served(pipeline: str, options: Sequence[str]) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process of the service and its address; it is told to stop at the end."""
    command = [sys.executable, "-m", "spacy", "angel", "serve", pipeline, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = next((line for line in process.stdout or () if "http://" in line), "")
        if not (found := re.search(r"http://\S+", line)):
            raise SystemExit("The service did not start, see above.")
        try:
            yield process, found[0]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_MANY_SECONDS)


async def client(http: httpx2.AsyncClient, texts: Iterator[str], until: float, load: Load) -> None:
    """Sends one text after the other."""
    for text in texts:
        while (status := await _ask(http, text, load)) == "429" and time.perf_counter() < until:
            pass
        if status not in ("200", "429"):
            load.failed[status] = load.failed.get(status, 0) + 1
        if time.perf_counter() >= until:
            return


async def _ask(http: httpx2.AsyncClient, text: str, load: Load) -> str:
    """The status, or the name of the error where there was no answer."""
    started = time.perf_counter()
    try:
        answer = await http.post("/link", json={"texts": [text]})
    except httpx2.TransportError as error:
        return type(error).__name__
    if answer.status_code == 200:
        load.seconds.append(time.perf_counter() - started)
        load.mentions += len(answer.json()["articles"][0]["mentions"])
    elif answer.status_code == 429:
        load.refused += 1
        await asyncio.sleep(int(answer.headers["Retry-After"]))
    return str(answer.status_code)


async def run(address: str, process: int, texts: Sequence[str], n_clients: int, seconds: float) -> dict[str, Any]:
    """The figures of `n_clients` that go on for so many seconds; what was begun then is waited for."""
    load, memory = Load(), [resident_mb(process)]
    started = time.perf_counter()
    every = cycle(texts)
    limits = httpx2.Limits(max_connections=n_clients)
    async with httpx2.AsyncClient(base_url=address, timeout=_MANY_SECONDS, limits=limits) as http:
        clients = [client(http, every, started + seconds, load) for _ in range(n_clients)]
        watch = asyncio.create_task(_watch(process, seconds / _SAMPLES, memory))
        await asyncio.gather(*clients)
        watch.cancel()
    return {**_figures(load, time.perf_counter() - started), "memory_mb": memory}


async def _watch(process: int, every: float, memory: list[float]) -> None:
    while True:
        await asyncio.sleep(every)
        memory.append(resident_mb(process))


def _figures(load: Load, seconds: float) -> dict[str, Any]:
    parts = quantiles(load.seconds, n=100) if len(load.seconds) > 1 else [0.0] * 99
    return {
        "seconds": seconds,
        "answers": len(load.seconds),
        "answers/s": len(load.seconds) / seconds,
        "mentions/s": load.mentions / seconds,
        "p50_s": parts[49],
        "p99_s": parts[98],
        "429_retried": load.refused,
        "failed": load.failed,
    }


def main() -> None:
    """The command line."""
    arguments = _parse()
    texts = [article.text for article in islice(read_articles(arguments.texts), arguments.limit)]
    options = ["--kb", str(arguments.kb)] if arguments.kb else []
    options += ["--waiting", str(arguments.waiting), "--texts", str(min(100, arguments.waiting))]
    with served(arguments.pipeline, options) as (process, address):
        found = asyncio.run(run(address, process.pid, texts, arguments.clients, arguments.seconds))
    setting = {"clients": arguments.clients, "texts": len(texts), "waiting": arguments.waiting}
    publish({**found, "exit": process.returncode, **setting, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", default=STARTER, help="folder, package or `starter`")
    parser.add_argument("--kb", type=Path, help="KB folder to link to instead of the pipeline's own")
    parser.add_argument("--texts", type=Path, default=DEMO_TEXTS, help="JSONL, PubTator, PubMed XML or text; gzip too")
    parser.add_argument("--limit", type=int, default=20_000, help="only the first so many texts")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--waiting", type=int, default=256, help="texts that the service lets wait")
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
