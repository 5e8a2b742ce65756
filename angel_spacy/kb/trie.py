"""Tries of token ids: one that changes (pygtrie) and one that is packed into arrays. Integers only.

A name is a sequence of token ids that ends with EOS. EOS is an ordinary child, so a name that is a prefix of
another is an ordinary name; the node that EOS leads to is the name's leaf.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pygtrie

from ..errors import KnowledgeBaseError
from .array_file import DAMAGE, Arrays, map_arrays, read_arrays, save_arrays, write_arrays
from .packing import FIELDS, check_packed, pack
from .ragged import IntArray, Ragged, offsets_of

FORMAT_VERSION = 1


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
    """Names in int32 arrays. Nodes are numbered level by level from the root, 0; the children of a node are
    neighbours, sorted by token. Leaves are numbered in the order of their sequences.

    tokens           (n_nodes,) token that leads to the node; -1 for the root
    first_child      (n_nodes + 1,) children of node i are first_child[i] .. first_child[i + 1] - 1
    leaf             (n_nodes,) number of the leaf, -1 for an inner node
    height           (n_nodes,) tokens on the longest path from here to a leaf
    leaf_node        (n_leaves,) node of each leaf
    payload_offsets  (n_leaves + 1,) rows of leaf i are payload[payload_offsets[i]:payload_offsets[i + 1]]
    payload          (n_rows,) concept rows
    source           (n_leaves,) number of the first input sequence that ended here
    """

    tokens: IntArray
    first_child: IntArray
    leaf: IntArray
    height: IntArray
    leaf_node: IntArray
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
        return len(self.leaf_node)

    def __len__(self) -> int:
        return self.n_leaves

    def rows(self, leaf: int) -> tuple[int, ...]:
        """Concept rows of a leaf."""
        return tuple(self.payload[self.payload_offsets[leaf] : self.payload_offsets[leaf + 1]].tolist())

    def sequence(self, leaf: int) -> tuple[int, ...]:
        """Token ids of a leaf's name, EOS included."""
        node, tokens = int(self.leaf_node[leaf]), []
        while node:
            tokens.append(int(self.tokens[node]))
            # The parent. An int32 key, or numpy would first copy the whole array as int64.
            node = int(self.first_child.searchsorted(np.int32(node), side="right")) - 1
        return tuple(reversed(tokens))

    def sequences(self) -> Iterator[tuple[int, ...]]:
        """Every name, in order of leaf numbers."""
        return map(self.sequence, range(self.n_leaves))

    def all_sequences(self) -> Ragged:
        """What `sequences` gives, all at once: the paths are walked side by side."""
        parent = np.repeat(np.arange(self.n_nodes), np.diff(self.first_child))  # of nodes 1, 2, ...
        node, leaf = self.leaf_node.astype(np.int64), np.arange(self.n_leaves)
        tokens, leaves = [self.tokens[:0]], [leaf[:0]]
        while len(node):
            tokens.append(self.tokens[node])
            leaves.append(leaf)
            node = parent[node - 1]
            node, leaf = node[node > 0], leaf[node > 0]
        # Last tokens come first: backwards, then brought together leaf by leaf.
        values, of_leaf = np.concatenate(tokens)[::-1], np.concatenate(leaves)[::-1]
        together = np.argsort(of_leaf, kind="stable")
        return Ragged(values[together], offsets_of(np.bincount(of_leaf, minlength=self.n_leaves)))

    def find(self, sequence: Iterable[int]) -> int:
        """The node that `sequence` leads to from the root; -1 when no name begins with it."""
        node = 0
        for token in sequence:
            start, stop = self.first_child[node : node + 2].tolist()
            node = start + int(self.tokens[start:stop].searchsorted(np.int32(token)))
            if node == stop or self.tokens[node] != token:
                return -1
        return node

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
        """Reads what `to_bytes` gave. Raises KnowledgeBaseError."""
        try:
            return cls._restored(read_arrays(io.BytesIO(data)))
        except DAMAGE as error:
            raise KnowledgeBaseError(f"These bytes hold no usable trie ({error}). Store the pipeline again.") from error

    def _stored(self) -> Arrays:
        return {"version": np.array([FORMAT_VERSION], np.int32), **vars(self)}

    @classmethod
    def _restored(cls, arrays: Arrays) -> "PackedTrie":
        version = arrays.pop("version").tolist()
        if version != [FORMAT_VERSION]:
            raise ValueError(f"format version {version}, this release reads {FORMAT_VERSION}")
        if set(arrays) != set(FIELDS):
            raise ValueError(f"arrays {sorted(arrays)}")
        check_packed(arrays)
        return cls(**arrays)
