"""Three ways to keep names for constrained decoding, and how each is measured, in a process of its own; see `trie.py`.

Imports little, so that next to nothing else is in that process's memory.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any, Protocol

import numpy as np
from alone import peak_mb, settled_mb

from angel_spacy.arrays.ragged import Ragged, offsets_of
from angel_spacy.trie.trie import PackedTrie

CHUNK = 100_000  # names that are lists of Python at once

Prefix = tuple[int, ...]
Allow = Callable[[Prefix], Sequence[int]]


class Structure(Protocol):
    """Names that can be kept in a file and asked what may follow a prefix."""

    @classmethod
    def build(cls, names: Ragged) -> "Structure":
        """From token ids."""

    @classmethod
    def open(cls, path: Path) -> "Structure":
        """From what `save` wrote."""

    def save(self, path: Path) -> None:
        """Writes a file, or a folder of files."""

    def allowed(self, prefix: Prefix) -> Sequence[int]:
        """The tokens that may follow, ascending."""


class Ours:
    """`angel_spacy.trie.trie.PackedTrie`."""

    def __init__(self, trie: PackedTrie) -> None:
        self.trie = trie

    @classmethod
    def build(cls, names: Ragged) -> "Ours":
        """Each name with one row, as most names have."""
        n_names = len(names.lengths)
        payloads = Ragged(np.arange(n_names, dtype=np.int32), np.arange(n_names + 1))
        return cls(PackedTrie.build(names, payloads))

    @classmethod
    def open(cls, path: Path) -> "Ours":
        """Memory-mapped."""
        return cls(PackedTrie.load(path))

    def save(self, path: Path) -> None:
        """A folder of .npy files."""
        self.trie.save(path)

    def allowed(self, prefix: Prefix) -> Sequence[int]:
        """A walk by binary search, then a slice."""
        node = self.trie.find(prefix)
        start, stop = self.trie.first_child[node : node + 2].tolist()
        tokens: list[int] = self.trie.tokens[start:stop].tolist()
        return tokens


class Pygtrie:
    """`pygtrie.Trie` with tuples of token ids as keys."""

    def __init__(self, names: Iterable[list[int]]) -> None:
        import pygtrie

        self.trie = pygtrie.Trie()
        for row, name in enumerate(names):
            self.trie[tuple(name)] = row

    @classmethod
    def build(cls, names: Ragged) -> "Pygtrie":
        """Name by name."""
        return cls(rows(names))

    @classmethod
    def open(cls, path: Path) -> "Pygtrie":
        """Builds it again."""
        with np.load(path, allow_pickle=False) as stored:
            return cls.build(Ragged(stored["values"], stored["offsets"]))

    def save(self, path: Path) -> None:
        """Its names."""
        names = [key for key, _ in self.trie.iteritems()]
        values = np.fromiter(chain.from_iterable(names), np.int32)
        with path.open("wb") as file:
            np.savez(file, values=values, offsets=offsets_of(np.array([len(name) for name in names])))

    def allowed(self, prefix: Prefix) -> Sequence[int]:
        """What `traverse` finds one step below."""
        below = self.trie.traverse(lambda _, path, children, *value: path[len(prefix) :] or list(children), prefix)
        return sorted(path[0] for path in below)


class NestedDicts:
    """token -> (token -> ...), an empty dict behind the last: what most constrained decoders use."""

    def __init__(self, root: dict[int, Any]) -> None:
        self.root = root

    @classmethod
    def build(cls, names: Ragged) -> "NestedDicts":
        """Name by name."""
        root: dict[int, Any] = {}
        for name in rows(names):
            node = root
            for token in name:
                node = node.setdefault(token, {})
        return cls(root)

    @classmethod
    def open(cls, path: Path) -> "NestedDicts":
        """From msgpack."""
        import srsly

        return cls(srsly.read_msgpack(path))

    def save(self, path: Path) -> None:
        """As msgpack."""
        import srsly

        srsly.write_msgpack(path, self.root)

    def allowed(self, prefix: Prefix) -> Sequence[int]:
        """A walk."""
        node = self.root
        for token in prefix:
            node = node[token]
        return sorted(node)


STRUCTURES: dict[str, type[Structure]] = {"ours": Ours, "pygtrie": Pygtrie, "nested dicts": NestedDicts}


def rows(names: Ragged) -> Iterator[list[int]]:
    """The names one by one, a few at a time in memory as lists."""
    n_names = len(names.offsets) - 1
    for start in range(0, n_names, CHUNK):
        stop = min(start + CHUNK, n_names)
        first, last = int(names.offsets[start]), int(names.offsets[stop])
        values, ends = names.values[first:last].tolist(), (names.offsets[start : stop + 1] - first).tolist()
        yield from (values[ends[i] : ends[i + 1]] for i in range(stop - start))


def measure(structure: str, folder: str, n_lookups: int, seed: int) -> dict[str, Any]:
    """Builds, saves and asks one structure; the figures. For a process of its own."""
    kind, names = STRUCTURES[structure], stored(Path(folder))
    asked = prefixes(names, n_lookups, seed)
    before = settled_mb()
    started = time.perf_counter()
    made = kind.build(names)
    seconds = time.perf_counter() - started
    built = {"build_s": seconds, "peak_mb": peak_mb() - before, "resident_mb": settled_mb() - before}
    speed, found = lookups(made.allowed, asked)
    if isinstance(made, Ours):
        built["expansions/s"] = expansions(made.trie)
    path = Path(folder) / f"{structure}.trie"
    started = time.perf_counter()
    made.save(path)
    written = {"save_s": time.perf_counter() - started, "disk_mb": _size(path) / 1e6}
    return {**built, **written, "lookups/s": speed, "allowed": found}


def _size(path: Path) -> int:
    """Bytes of a file, or of the files in a folder."""
    return sum(file.stat().st_size for file in ([path] if path.is_file() else path.iterdir()))


def reopened(structure: str, folder: str, n_lookups: int, seed: int) -> dict[str, Any]:
    """Opens what `measure` wrote; the figures. For a process of its own."""
    asked = prefixes(stored(Path(folder)), n_lookups, seed)
    before = settled_mb()
    started = time.perf_counter()
    made = STRUCTURES[structure].open(Path(folder) / f"{structure}.trie")
    seconds = time.perf_counter() - started
    opened_mb = settled_mb() - before
    speed, _ = lookups(made.allowed, asked)
    used = {"open_lookups/s": speed, "open_used_mb": settled_mb() - before}
    return {"open_s": seconds, "open_mb": opened_mb, **used}


def prefixes(names: Ragged, n: int, seed: int) -> list[Prefix]:
    """Beginnings of random names, of random length: one token or more, never a whole name."""
    rng, drawn = Random(seed), []
    for _ in range(n):
        i = rng.randrange(len(names.offsets) - 1)
        start, stop = names.offsets[i : i + 2].tolist()
        drawn.append(tuple(names.values[start : rng.randrange(min(start + 1, stop - 1), stop)].tolist()))
    return drawn


def lookups(allowed: Allow, asked: Sequence[Prefix]) -> tuple[float, int]:
    """Look-ups a second, and how many tokens were allowed in all: the same number for every structure."""
    started = time.perf_counter()
    found = sum(len(allowed(prefix)) for prefix in asked)
    return len(asked) / (time.perf_counter() - started), found


def expansions(trie: PackedTrie, n_nodes: int = 320, repeats: int = 100) -> float:
    """Nodes a second whose children are found many at once, by node and not by prefix, as the search does it."""
    inner = np.flatnonzero(np.diff(trie.first_child))
    nodes = np.random.default_rng(0).choice(inner, n_nodes)
    started = time.perf_counter()
    for _ in range(repeats):
        first = trie.first_child[nodes]
        counts = trie.first_child[nodes + 1] - first
        places = np.repeat(first - counts.cumsum() + counts, counts) + np.arange(counts.sum())
        _ = trie.tokens[places]
    return repeats * n_nodes / (time.perf_counter() - started)


def stored(folder: Path) -> Ragged:
    """The token ids, memory-mapped."""
    return Ragged(np.memmap(folder / "values.bin", np.int32, "r"), np.load(folder / "offsets.npy", mmap_mode="r"))
