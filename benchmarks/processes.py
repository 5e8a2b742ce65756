"""What worker processes cost in memory: `nlp.pipe` over the same abstracts with 1, 2, 3 workers.

    python benchmarks/processes.py abstracts.jsonl --kb kb/merged --limit 60 --output figures.json

The pipeline is saved with that KB first and then loaded, as a user would. Every number of processes is a run of its own
in a fresh process, whose memory (Linux: /proc/PID/smaps_rollup) is read several times a second, that of its workers
too. Figures are in MiB and from the moment when all had most together; a page that n processes share counts 1/n for
each of them (PSS), and a page of one process alone is its private memory.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from machine import describe, publish

from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.run import find_linker
from angel_spacy.kb import KnowledgeBase
from angel_spacy.pipelines import load_pipeline

BATCH = 8  # abstracts that go to a worker at a time

DEFINITIONS = {
    "one_process": "PSS of a single process that does all the work (n_process=1): what the first one needs",
    "rss": "resident memory of the main process, pages that others share counted in full",
    "workers": "private memory of each worker: what would be free again if it had never been",
    "total": "PSS of the main process and its workers together",
    "second_adds": "the larger private memory of two workers; its share is of one_process",
    "third_adds": "total of three workers less that of two; its share is of one_process",
}


def save(pipeline: str, kb: Path | None, folder: Path) -> None:
    """Saves the pipeline with that KB and its trie."""
    nlp = load_pipeline(pipeline)
    if kb:
        find_linker(nlp).set_kb(KnowledgeBase.from_disk(kb))
    nlp.to_disk(folder)


def work(folder: Path, abstracts: Path, limit: int, n_process: int) -> None:
    """One run; its memory is read from outside."""
    nlp = load_pipeline(folder)
    texts = [article.text for article in islice(read_articles(abstracts), limit)]
    print(sum(len(doc.ents) for doc in nlp.pipe(texts, n_process=n_process, batch_size=BATCH)))


def watched(command: Sequence[str]) -> dict[str, Any]:
    """Runs a command; its memory when it and its workers had most together, and how many mentions it found."""
    started = time.perf_counter()
    most: dict[str, Any] = {"total": 0.0}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            most = max(most, together(process.pid), key=itemgetter("total"))
            time.sleep(0.2)
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed: see its error above.")
    return {**most, "mentions": int(printed), "seconds": time.perf_counter() - started}


def together(pid: int) -> dict[str, Any]:
    """The memory of a process and its workers now."""
    own, *others = (memory_of(one) for one in (pid, *children(pid)))
    return {
        "total": sum(memory.get("Pss", 0.0) for memory in (own, *others)),
        "main": own.get("Pss", 0.0),
        "rss": own.get("Rss", 0.0),
        "workers": [memory["Private_Clean"] + memory["Private_Dirty"] for memory in others if memory],
    }


def memory_of(pid: int) -> dict[str, float]:
    """Name -> MiB, as the kernel adds a process's pages up; nothing for a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except (OSError, ValueError):
        return {}
    return {line.split()[0].rstrip(":"): int(line.split()[1]) / 1024 for line in lines}


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def compared(runs: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The figures of the runs, and what further workers add."""
    one = runs[1]["total"]
    figures: dict[str, Any] = {"one_process": one, **{f"n_process={n}": found for n, found in runs.items()}}
    if 2 in runs:
        second = max(runs[2]["workers"], default=0.0)
        figures |= {"second_adds": second, "second_adds_share": second / one}
    if 2 in runs and 3 in runs:
        third = runs[3]["total"] - runs[2]["total"]
        figures |= {"third_adds": third, "third_adds_share": third / one}
    return figures


def main() -> None:
    """The command line."""
    arguments = _parse()
    if arguments.work:
        work(arguments.folder, arguments.abstracts, arguments.limit, arguments.work)
    elif arguments.folder:
        save(arguments.pipeline, arguments.kb, arguments.folder)
    else:
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-W", "ignore", __file__, *sys.argv[1:], "--folder", folder]
            subprocess.run(command, check=True)
            runs = {n: watched([*command, "--work", str(n)]) for n in arguments.processes}
        publish({**compared(runs), "definitions": DEFINITIONS, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("abstracts", type=Path, help="JSONL, PubTator, PubMed XML or text; gzip too")
    parser.add_argument("--pipeline", default="starter", help="folder, package or `starter`")
    parser.add_argument("--kb", type=Path, help="KB folder to link to instead of the pipeline's own")
    parser.add_argument("--limit", type=int, default=60, help="only the first so many abstracts")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--output", type=Path, help="JSON file")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)  # where the pipeline is saved, for the runs
    parser.add_argument("--work", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
