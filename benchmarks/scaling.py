r"""Time per mention against the number of names, the width of the beam, the size of a batch and the number of threads.

    python benchmarks/scaling.py --corpus corpus/ncbi_disease/dev.pubtator --kb kb/merged --kb kb/phenotype \
        --names 1000 10000 100000 1000000 4000000

The mentions are real, the model is the same. A vocabulary of n names is a sample of the KBs' names, or all of them and
as many synthetic ones (`synthetic.py`) as are lacking. One thing is varied at a time, the others stay at `--n-names`,
`--width`, `--batch-size` and `--n-threads`. All settings of a table take turns; figures are medians of the rounds,
`ratio` is the time per mention over that of the first setting, the median of each round's.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import numpy as np
import torch
from decode import spans_of
from machine import describe, publish
from sides import by_length
from synthetic import real_names
from trie import chunks
from vocabulary import Recipe, built_in_names, stream

from angel_spacy.arrays.ragged import Ragged
from angel_spacy.candidates.threads import on_threads, threads_for
from angel_spacy.corpora.formats import read_articles
from angel_spacy.decode.search import beam_search
from angel_spacy.models.generator import Generator
from angel_spacy.pipelines import STARTER_LINKER as STARTER
from angel_spacy.prompts import Prompter
from angel_spacy.records import Prompt
from angel_spacy.trie.trie import PackedTrie

Work = Callable[[], Any]


def vocabulary(real: Sequence[str], n_names: int, seed: int = 0) -> Iterator[str]:
    """`n_names` names: a sample of the real ones, or those and synthetic ones behind them."""
    if n_names <= len(real):
        yield from sorted(Random(seed).sample(real, n_names))
        return
    known = set(real)
    yield from real
    # A made name may be a real one: some more are made, and those that are left over dropped.
    lacking = n_names - len(real)
    recipe = Recipe(lacking + len(real), max(1, (lacking + len(real)) * 3 // 8), seed)
    made = (name for concept in stream(real, recipe) for name in concept.names)
    yield from islice((name for name in made if name not in known), lacking)


def trie_of(names: Iterator[str], prompter: Prompter) -> PackedTrie:
    """The names that fit the model, each with a row of its own."""
    parts = []
    for chunk in chunks(names):
        fitting = [ids for ids in prompter.names(chunk) if len(ids) <= prompter.max_name_tokens]
        parts.append(Ragged.of(fitting))
    sequences = parts[0].joined(*parts[1:])
    n_names = len(sequences.lengths)
    return PackedTrie.build(sequences, Ragged(np.arange(n_names, dtype=np.int32), np.arange(n_names + 1)))


def decode(generator: Generator, trie: PackedTrie, prompts: Sequence[Prompt], width: int, batch_size: int) -> None:
    """Links all prompts as the linker does: those of like length together, a batch a thread."""

    def work(batch: Sequence[Prompt]) -> None:
        beam_search(generator.session(batch), trie, len(batch), beam_width=width)

    on_threads(work, by_length(prompts, batch_size), threads_for(generator.device))


def turns(sides: Mapping[str, Work], n_mentions: int, repeats: int) -> dict[str, Any]:
    """Milliseconds per mention of each side, and ratios to the first, after a round to warm up."""
    rounds = [{name: _seconds(work) for name, work in sides.items()} for _ in range(repeats + 1)][1:]
    first = next(iter(sides))
    return {
        "ms": {name: 1000 * median(each[name] for each in rounds) / n_mentions for name in sides},
        "ratio": {name: median(each[name] / each[first] for each in rounds) for name in sides},
    }


def _seconds(work: Work) -> float:
    started = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def with_threads(n_threads: int, work: Work) -> Work:
    """The same work with so many threads."""

    def run() -> None:
        before = torch.get_num_threads()
        torch.set_num_threads(n_threads)
        work()
        torch.set_num_threads(before)

    return run


def main() -> None:
    """The command line."""
    arguments = _parse()
    torch.set_num_threads(arguments.n_threads)
    generator = Generator.from_folder(arguments.generator)
    generator.to("cuda" if torch.cuda.is_available() else "cpu")
    prompts = generator.prompter.prompts(spans_of(list(read_articles(arguments.corpus)), arguments.limit))
    real = real_names(arguments.kb) or built_in_names()
    wanted = dict.fromkeys([*arguments.names, arguments.n_names])
    tries = {n: trie_of(vocabulary(real, n), generator.prompter) for n in wanted}
    trie, width, size, repeats = tries[arguments.n_names], arguments.width, arguments.batch_size, arguments.repeats

    def work(trie: PackedTrie = trie, width: int = width, size: int = size) -> Work:
        return lambda: decode(generator, trie, prompts, width, size)

    tables: dict[str, dict[str, Work]] = {
        "names": {str(n): work(tries[n]) for n in arguments.names},
        "width": {str(n): work(width=n) for n in arguments.widths},
        "batch": {str(n): work(size=n) for n in arguments.batches},
        "threads": {str(n): with_threads(n, work()) for n in arguments.threads},
    }
    figures = {name: turns(sides, len(prompts), repeats) for name, sides in tables.items() if sides}
    fixed = {"n_names": arguments.n_names, "beam": width, "batch_size": size, "n_threads": arguments.n_threads}
    sizes = {str(n): {"names": len(trie), "nodes": trie.n_nodes} for n, trie in tries.items()}
    publish({**figures, "n": len(prompts), "tries": sizes, **fixed, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="annotated corpus that the mentions come from")
    parser.add_argument("--kb", type=Path, action="append", default=[], help="KB folder (default: built-in words)")
    parser.add_argument("--generator", type=Path, default=STARTER / "model", help="folder (default: the starter's)")
    parser.add_argument("--names", type=int, nargs="*", default=[1000, 10_000, 100_000, 1_000_000, 4_000_000])
    parser.add_argument("--widths", type=int, nargs="*", default=[1, 2, 5, 10, 20])
    parser.add_argument("--batches", type=int, nargs="*", default=[1, 8, 32, 64, 128])
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--n-names", type=int, default=100_000, help="names, where something else is varied")
    parser.add_argument("--width", type=int, default=5, help="beam, where something else is varied")
    parser.add_argument("--batch-size", type=int, default=64, help="mentions, where something else is varied")
    parser.add_argument("--n-threads", type=int, default=1, help="threads, where something else is varied")
    parser.add_argument("--limit", type=int, default=256, help="only the first so many mentions")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
