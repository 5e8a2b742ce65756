r"""A knowledge base as large as UMLS: time, memory and disk to build it and its trie from a source, and to open both.

    python benchmarks/large.py 4m.jsonl --kind jsonl        # a source that synthetic.py wrote, or any other
    python benchmarks/large.py --synthetic 4000000 --kb kb/merged --kb kb/phenotype

Building and opening are processes of their own. Memory is what each holds beyond what it held when it had imported all
it needs, model tokenizer and all. `peak_mb` is all that the process ever held.
"""

import argparse
import time
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alone import alone, peak_mb, settled_mb
from machine import describe, publish
from synthetic import real_names, write
from vocabulary import Recipe, stream

from angel_spacy.candidates.index import NameIndex
from angel_spacy.kb import KnowledgeBase, read_kb
from angel_spacy.models.generator import Generator
from angel_spacy.pipelines import STARTER_LINKER as STARTER


def built(kind: str, source: str, generator: str, folder: str) -> dict[str, Any]:
    """Reads the source and saves KB and trie in `folder`; the figures. For a process of its own."""
    prompter = Generator.from_folder(generator).prompter
    before, times = settled_mb(), [time.perf_counter()]
    kb = read_kb(kind, source)
    times.append(time.perf_counter())
    kb.to_disk(Path(folder) / "kb")
    times.append(time.perf_counter())
    index = NameIndex.build(kb, prompter)
    times.append(time.perf_counter())
    index.to_disk(Path(folder) / "trie")
    times.append(time.perf_counter())
    names = ("read_s", "save_kb_s", "trie_s", "save_trie_s")
    seconds = {name: end - start for name, start, end in zip(names, times, times[1:], strict=False)}
    size = {"concepts": len(kb), "names": kb.n_names, "nodes": index.trie.n_nodes}
    memory = {"peak_mb": peak_mb(), "used_mb": peak_mb() - before}
    return {**size, **seconds, "build_s": times[-1] - times[0], **memory, "disk_mb": megabytes(Path(folder))}


def opened(generator: str, folder: str) -> dict[str, Any]:
    """Opens what `built` saved; the figures. For a process of its own."""
    prompter = Generator.from_folder(generator).prompter
    before, started = settled_mb(), time.perf_counter()
    kb = KnowledgeBase.from_disk(Path(folder) / "kb")
    between = time.perf_counter()
    index = NameIndex.from_disk(Path(folder) / "trie", kb, prompter)
    done = time.perf_counter()
    resident = settled_mb() - before
    n_names = len(index.names)
    return {"kb_s": between - started, "trie_s": done - between, "s": done - started, "mb": resident, "names": n_names}


def megabytes(folder: Path) -> dict[str, float]:
    """The size of what is in each folder of a folder, and of all."""
    sizes = {
        part.name: sum(path.stat().st_size for path in part.rglob("*") if path.is_file()) / 1e6
        for part in sorted(folder.iterdir())
    }
    return {**sizes, "all": sum(sizes.values())}


def run(kind: str, source: Path, generator: Path, limit_mb: float) -> dict[str, Any]:
    """The figures of both processes."""
    with TemporaryDirectory() as folder:
        given = {"generator": str(generator), "folder": folder, "limit_mb": limit_mb}
        build = alone("large", "built", kind=kind, source=str(source), **given)
        return {"build": build, "open": alone("large", "opened", **given) if isinstance(build, dict) else build}


def main() -> None:
    """The command line."""
    arguments = _parse()
    with TemporaryDirectory() as folder:
        source = arguments.source
        if source is None:
            source = Path(folder) / "synthetic.jsonl"
            recipe = Recipe(arguments.synthetic, max(1, arguments.synthetic * 3 // 8), arguments.seed)
            deque(write(stream(real_names(arguments.kb), recipe), source), 0)
        figures = run(arguments.kind, source, arguments.generator, arguments.memory)
    publish({**figures, "memory_limit_mb": arguments.memory, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, nargs="?", help="source file (default: synthetic names)")
    parser.add_argument("--kind", default="jsonl", help="kind of the source, as `angel kb build` names it")
    parser.add_argument("--synthetic", type=int, default=4_000_000, help="names, where no source is given")
    parser.add_argument("--kb", type=Path, action="append", default=[], help="KB folder: made after its names")
    parser.add_argument("--generator", type=Path, default=STARTER / "model", help="whose tokenizer the trie takes")
    parser.add_argument("--memory", type=float, default=12_000, help="MB that a process may hold")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
