r"""Our packed trie, pygtrie and nested dicts on the same names: time to build, memory, disk, time to open, look-ups.

    python benchmarks/trie.py --kb kb/merged --n-names 100000
    python benchmarks/trie.py --kb kb/merged --kb kb/phenotype --synthetic 4000000 --memory 8000

Every structure is measured in a process of its own, from the same token ids in a memory-mapped file; one that grows
beyond `--memory` MB "does not fit". Without pickle, nested dicts are stored as msgpack, and pygtrie, which has no form
on disk, as its names, from which opening builds it again. Prefixes are beginnings of random names.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from alone import alone
from machine import describe, publish
from structures import CHUNK, STRUCTURES, stored
from synthetic import real_names
from vocabulary import Recipe, stream

from angel_spacy.arrays.ragged import offsets_of
from angel_spacy.models.generator import Generator
from angel_spacy.pipelines import STARTER_LINKER as STARTER
from angel_spacy.prompts import Prompter


def store(names: Iterable[str], prompter: Prompter, folder: Path) -> int:
    """Writes the token ids of names that fit the model, to be mapped by `stored`; the number of tokens."""
    kept = chain.from_iterable(map(prompter.names, chunks(names)))
    lengths = []
    with (folder / "values.bin").open("wb") as file:
        for ids in kept:
            if len(ids) <= prompter.max_name_tokens:
                np.array(ids, np.int32).tofile(file)
                lengths.append(len(ids))
    np.save(folder / "offsets.npy", offsets_of(np.array(lengths, np.int64)))
    return sum(lengths)


def chunks(names: Iterable[str]) -> Iterator[list[str]]:
    """`CHUNK` names at a time."""
    stream = iter(names)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk


def run(names: Iterable[str], prompter: Prompter, *, memory: float, n_lookups: int, seed: int = 0) -> dict[str, Any]:
    """The figures of each structure."""
    with TemporaryDirectory() as folder:
        n_tokens = store(names, prompter, Path(folder))
        table: dict[str, Any] = {"names": len(stored(Path(folder)).lengths), "tokens": n_tokens}
        for structure in STRUCTURES:
            settings = {"structure": structure, "folder": folder, "n_lookups": n_lookups, "seed": seed}
            made = alone("structures", "measure", limit_mb=memory, **settings)
            again = alone("structures", "reopened", limit_mb=memory, **settings) if isinstance(made, dict) else made
            both = isinstance(made, dict) and isinstance(again, dict)
            table[structure] = {**made, **again} if both else again
    return table


def chosen_names(folders: Sequence[Path], n_synthetic: int, n_names: int | None, seed: int) -> Iterator[str]:
    """The names of the KBs, or of a vocabulary of `n_synthetic` names made after them, or a sample of either."""
    names = real_names(folders)
    if n_synthetic:
        recipe = Recipe(n_synthetic, max(1, n_synthetic * 3 // 8), seed)
        made = (name for concept in stream(names, recipe) for name in concept.names)
        return islice(made, n_names)
    return iter(Random(seed).sample(names, n_names) if n_names and n_names < len(names) else names)


def main() -> None:
    """The command line."""
    arguments = _parse()
    prompter = Generator.from_folder(arguments.generator).prompter
    names = chosen_names(arguments.kb, arguments.synthetic, arguments.n_names, arguments.seed)
    figures = run(names, prompter, memory=arguments.memory, n_lookups=arguments.lookups, seed=arguments.seed)
    publish({**figures, "memory_limit_mb": arguments.memory, "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kb", type=Path, action="append", default=[], help="KB folder (default: built-in words)")
    parser.add_argument("--synthetic", type=int, default=0, help="so many names made after those of the KBs instead")
    parser.add_argument("--n-names", type=int, help="only so many of the names")
    parser.add_argument("--generator", type=Path, default=STARTER / "model", help="folder (default: the starter's)")
    parser.add_argument("--memory", type=float, default=8000, help="MB that a structure's process may hold")
    parser.add_argument("--lookups", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
