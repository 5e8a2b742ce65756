"""Tries of token ids: one that changes (pygtrie) and one that is packed into arrays. Integers only.

A name is a sequence of token ids that ends with EOS. EOS is an ordinary child, so a name that is a prefix of
another is an ordinary name; the node that EOS leads to is the name's leaf.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pygtrie
from numpy.typing import NDArray

from ..arrays.files import DAMAGE, Arrays, map_arrays, read_arrays, save_arrays, write_arrays
from ..arrays.ragged import IntArray, Ragged, offsets_of
from ..errors import KnowledgeBaseError
from .build import pack
from .check import check_all, check_outline

FORMAT_VERSION = 2


class MutableTrie:
    """Names that come and go. Maps a sequence of token ids to the concept rows that bear the name."""

    def __init__(self) -> None:
        self._trie = pygtrie.Trie()

    def __len__(self) -> int:
        return len(self._trie)

    def __contains__(self, sequence: Sequence[int]) -> bool:
        return tuple(sequence) in self._trie

    def add(self, sequence: Sequence[int], rows: Iterable[int]) -> None:
        """Adds a name; rows of a name that is already there go behind its own, each once."""
        key = tuple(sequence)
        if not key:
            raise KnowledgeBaseError("A name needs at least its EOS token: normalise names and drop the empty ones.")
        self._trie[key] = tuple(dict.fromkeys((*self._trie.get(key, ()), *rows)))

    def remove(self, sequence: Sequence[int]) -> None:
        """Removes a name. Raises KnowledgeBaseError when it is not there."""
        if sequence not in self:
            raise KnowledgeBaseError(f"No name {tuple(sequence)} to remove: look it up before removing it.")
        del self._trie[tuple(sequence)]

    def items(self, prefix: Sequence[int] = ()) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """(sequence, rows) of the names that begin with `prefix`, in the order of their token ids."""
        key = tuple(prefix)
        reached = not key or bool(self._trie.has_node(key))
        return sorted(self._trie.items(prefix=key)) if reached else []

    def freeze(self) -> "PackedTrie":
        """The same names, packed."""
        items = self.items()
        return PackedTrie.build([sequence for sequence, _ in items], [rows for _, rows in items])


@dataclass(frozen=True, eq=False)
class PackedTrie:
    """Names in arrays of integers. Nodes are numbered level by level from the root, 0; the children of a node are
    neighbours, sorted by token. Leaves are numbered in the order of their sequences.

    tokens           (n_nodes,) token that leads to the node, 0 for the root; uint16 where that holds all, or int32
    first_child      (n_nodes + 1,) children of node i are first_child[i] .. first_child[i + 1] - 1; int32
    height           (n_nodes,) tokens on the longest path from here to a leaf; uint8, int16 or int32
    leaf_nodes       (n_leaves,) the nodes without children (the root aside), ascending; int32
    leaf_numbers     (n_leaves,) which leaf each of these is; int32
    payload_offsets  (n_leaves + 1,) rows of leaf i are payload[payload_offsets[i]:payload_offsets[i + 1]]; int32
    payload          (n_rows,) concept rows; int32
    source           (n_leaves,) number of the first input sequence that ended in leaf i; int32
    """

    tokens: NDArray[Any]
    first_child: IntArray
    height: NDArray[Any]
    leaf_nodes: IntArray
    leaf_numbers: IntArray
    payload_offsets: IntArray
    payload: IntArray
    source: IntArray

    @classmethod
    def build(
        cls, sequences: Sequence[Sequence[int]] | Ragged, payloads: Sequence[Sequence[int]] | Ragged
    ) -> "PackedTrie":
        """Packs names, each with its concept rows. Equal names share a leaf: their rows in input order, each once.

        Raises KnowledgeBaseError for an empty name and for names that do not all end with the same token.
        """
        return cls(**pack(Ragged.of(sequences), Ragged.of(payloads)))

    @property
    def n_nodes(self) -> int:
        """Nodes, the root included."""
        return len(self.tokens)

    @property
    def n_leaves(self) -> int:
        """Distinct names."""
        return len(self.leaf_nodes)

    def __len__(self) -> int:
        return self.n_leaves

    def leaf_of(self, nodes: NDArray[Any]) -> IntArray:
        """Leaf numbers of nodes that are leaves (those of height 0): (n,) -> (n,)."""
        # An int32 key, or numpy would first copy the whole array as int64.
        leaves: IntArray = self.leaf_numbers[self.leaf_nodes.searchsorted(np.asarray(nodes, np.int32))]
        return leaves

    def rows(self, leaf: int) -> tuple[int, ...]:
        """Concept rows of a leaf."""
        return tuple(self.payload[self.payload_offsets[leaf] : self.payload_offsets[leaf + 1]].tolist())

    def sequence(self, leaf: int) -> tuple[int, ...]:
        """Token ids of a leaf's name, EOS included. Looks through all leaves: for many, see `all_sequences`."""
        (place,) = np.flatnonzero(self.leaf_numbers == leaf)
        node, tokens = int(self.leaf_nodes[place]), []
        while node:
            tokens.append(int(self.tokens[node]))
            node = int(self.first_child.searchsorted(np.int32(node), side="right")) - 1  # the parent
        return tuple(reversed(tokens))

    def sequences(self) -> Iterator[tuple[int, ...]]:
        """Every name, in order of leaf numbers."""
        values, offsets = self.all_sequences()
        return (tuple(values[start:stop].tolist()) for start, stop in pairwise(offsets.tolist()))

    def all_sequences(self) -> Ragged:
        """What `sequences` gives, all at once: the paths from the leaves up are walked side by side."""
        parent = np.repeat(np.arange(self.n_nodes, dtype=np.int32), np.diff(self.first_child))  # of nodes 1, 2, ...
        node = np.empty_like(self.leaf_nodes)
        node[self.leaf_numbers] = self.leaf_nodes
        offsets = offsets_of(self._depths(node))
        values, place = np.empty(offsets[-1], self.tokens.dtype), offsets[1:] - 1
        while len(node):
            values[place] = self.tokens[node]
            node = parent[node - 1]
            place, node = place[node > 0] - 1, node[node > 0]
        return Ragged(values, offsets)

    def _depths(self, nodes: IntArray) -> NDArray[np.int64]:
        """How many tokens lead to each of `nodes`: (n,) -> (n,)."""
        firsts = [0]  # of each level
        while firsts[-1] < self.n_nodes:
            firsts.append(int(self.first_child[firsts[-1]]))
        return np.array(firsts, np.int32).searchsorted(nodes, side="right") - 1

    def find(self, sequence: Iterable[int]) -> int:
        """The node that `sequence` leads to from the root; -1 when no name begins with it."""
        node = 0
        for token in sequence:
            start, stop = self.first_child[node : node + 2].tolist()
            node = start + int(self.tokens[start:stop].searchsorted(token))
            if node == stop or self.tokens[node] != token:
                return -1
        return node

    def verify(self) -> None:
        """Raises KnowledgeBaseError unless every node is right. Reads everything; `load` looks at checksums, types
        and lengths only."""
        try:
            check_all(self._fields())
        except ValueError as error:
            raise KnowledgeBaseError(f"This is no usable trie ({error}). Build it anew from its names.") from error

    def save(self, path: Path | str) -> None:
        """Writes one .npz file, whole or not at all."""
        save_arrays(path, self._stored())

    @classmethod
    def load(cls, path: Path | str, *, mmap: bool = True) -> "PackedTrie":
        """Reads what `save` wrote; with `mmap`, processes that load the same file share its memory.

        Raises KnowledgeBaseError.
        """
        try:
            if mmap:
                return cls._restored(map_arrays(path))
            with Path(path).open("rb") as file:
                return cls._restored(read_arrays(file))
        except DAMAGE as error:
            raise KnowledgeBaseError(
                f"{path} holds no usable trie ({error}). Delete the folder that it is in: the trie is then built anew."
            ) from error

    def to_bytes(self) -> bytes:
        """The bytes that `save` writes."""
        file = io.BytesIO()
        write_arrays(file, self._stored())
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "PackedTrie":
        """Reads what `to_bytes` gave and looks at all of it. Raises KnowledgeBaseError."""
        try:
            trie = cls._restored(read_arrays(io.BytesIO(data)))
            check_all(trie._fields())
        except DAMAGE as error:
            raise KnowledgeBaseError(f"These bytes hold no usable trie ({error}). Store the pipeline again.") from error
        return trie

    def _fields(self) -> Arrays:
        return {field: getattr(self, field) for field in FIELDS}

    def _stored(self) -> Arrays:
        return {"version": np.array([FORMAT_VERSION], np.int32), **self._fields()}

    @classmethod
    def _restored(cls, arrays: Arrays) -> "PackedTrie":
        version = arrays.pop("version").tolist()
        if version != [FORMAT_VERSION]:
            raise ValueError(f"format version {version}, this release reads {FORMAT_VERSION}")
        check_outline(arrays, FIELDS)
        return cls(**arrays)


FIELDS = tuple(field.name for field in fields(PackedTrie))
