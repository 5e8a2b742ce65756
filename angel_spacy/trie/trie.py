"""A trie of token ids, packed into arrays. Integers only.

A name is a sequence of token ids that ends with EOS. EOS is an ordinary child, so a name that is a prefix of
another is an ordinary name; the node that EOS leads to is the name's leaf.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays.files import DAMAGE, Arrays, arrays_from_bytes, arrays_to_bytes, map_arrays, save_arrays
from ..arrays.ragged import IntArray, Ragged, offsets_of
from ..errors import KnowledgeBaseError
from . import edit
from .build import pack
from .check import check_all, check_outline

FORMAT_VERSION = 3  # of a stored trie; `candidates.index` keeps it beside the arrays


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
    first_input      (n_leaves,) number of the first input sequence that ended in leaf i; int32
    """

    tokens: NDArray[Any]
    first_child: IntArray
    height: NDArray[Any]
    leaf_nodes: IntArray
    leaf_numbers: IntArray
    payload_offsets: IntArray
    payload: IntArray
    first_input: IntArray

    @classmethod
    def build(
        cls, sequences: Sequence[Sequence[int]] | Ragged, payloads: Sequence[Sequence[int]] | Ragged
    ) -> "PackedTrie":
        """Packs names, each with its concept rows. Equal names share a leaf: their rows in input order, each once.

        Raises KnowledgeBaseError for an empty name and for names that do not all end with the same token.
        """
        return cls(**pack(Ragged.of(sequences), Ragged.of(payloads)))

    def with_name(self, sequence: Sequence[int], rows: Sequence[int], number: int) -> "PackedTrie | None":
        """What `build` makes of one sequence more, which means `rows` and is input `number`, other inputs keeping
        theirs; faster. None where it has to be built anew."""
        changed = edit.with_name(self._fields(), sequence, rows, number)
        return None if changed is None else PackedTrie(**changed)

    def without_name(self, sequence: Sequence[int]) -> "PackedTrie | None":
        """What `build` makes of one sequence less. None where it has to be built anew."""
        changed = edit.without_name(self._fields(), sequence)
        return None if changed is None else PackedTrie(**changed)

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

    def rows(self, leaf: int) -> tuple[int, ...]:
        """Concept rows of a leaf."""
        return tuple(self.payload[self.payload_offsets[leaf] : self.payload_offsets[leaf + 1]].tolist())

    def all_sequences(self) -> Ragged:
        """Every name, in order of leaf numbers: the paths from the leaves up are walked side by side."""
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

    def save(self, folder: Path) -> None:
        """Writes an .npy file a field."""
        save_arrays(folder, self._fields())

    @classmethod
    def load(cls, folder: Path) -> "PackedTrie":
        """Maps what `save` wrote: processes that load the same folder share its memory. Raises KnowledgeBaseError.

        Looks at types and lengths; whether every node is right is not looked at.
        """
        try:
            return cls._restored(map_arrays(folder))
        except DAMAGE as error:
            raise KnowledgeBaseError(
                f"{folder} holds no usable trie ({error}). Delete that folder: the trie is then built anew."
            ) from error

    def to_bytes(self) -> bytes:
        """What `save` writes, as one msgpack."""
        return arrays_to_bytes(self._fields())

    @classmethod
    def from_bytes(cls, data: bytes) -> "PackedTrie":
        """Reads what `to_bytes` gave and looks at all of it. Raises KnowledgeBaseError."""
        try:
            trie = cls._restored(arrays_from_bytes(data))
            check_all(trie._fields())
        except DAMAGE as error:
            raise KnowledgeBaseError(f"These bytes hold no usable trie ({error}). Store the pipeline again.") from error
        return trie

    def _fields(self) -> Arrays:
        return {field: getattr(self, field) for field in FIELDS}

    @classmethod
    def _restored(cls, arrays: Arrays) -> "PackedTrie":
        check_outline(arrays, FIELDS)
        return cls(**arrays)


FIELDS = tuple(field.name for field in fields(PackedTrie))
