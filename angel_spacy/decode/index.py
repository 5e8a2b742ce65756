"""The names of a knowledge base as a trie of one tokenizer's ids, with the way back from leaf to name."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import srsly

from ..errors import KnowledgeBaseError
from ..kb import KnowledgeBase
from ..kb.ragged import Ragged
from ..kb.trie import PackedTrie
from ..prompts import Prompter

TRIE_FILE, META_FILE = "trie.npz", "trie.json"

_ON_DISK = "Delete that folder: the trie is then built anew."
_IN_BYTES = "Read the rest with exclude=['trie']: the trie is then built anew."
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class NameIndex:
    """`names` are sorted; leaf i of the trie is names[trie.source[i]]. `fingerprint` tells KB and tokenizer."""

    trie: PackedTrie
    names: list[str]
    fingerprint: str

    @classmethod
    def build(cls, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """Tokenises and packs every name; names longer than the model has positions for are left out, and counted
        in a warning."""
        names, sequences = _tokenised(kb.names(), prompter)
        trie = PackedTrie.build(sequences, [kb.rows_of(name) for name in names])
        return cls(trie, names, fingerprint(kb, prompter))

    def updated(self, kb: KnowledgeBase, prompter: Prompter, since: int) -> "NameIndex":
        """What `build` makes of a KB that was at version `since` when this was built: only what changed since is
        tokenised."""
        if len(self.names) != len(self.trie):  # names that share a leaf, their rows mixed
            return self.build(kb, prompter)
        added, removed = kb.changes_since(since)
        gone = set(removed)
        kept = np.array([leaf for leaf in range(len(self.trie)) if self.name(leaf) not in gone], np.int64)
        new, tokens = _tokenised(added, prompter)
        names = [*map(self.name, kept.tolist()), *new]
        order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
        sequences = self.trie.all_sequences().take(kept).joined(Ragged.of(tokens)).take(order)
        old_rows = Ragged(self.trie.payload, self.trie.payload_offsets.astype(np.int64)).take(kept)
        rows = old_rows.joined(Ragged.of([kb.rows_of(name) for name in new])).take(order)
        return type(self)(PackedTrie.build(sequences, rows), [names[i] for i in order], fingerprint(kb, prompter))

    def name(self, leaf: int) -> str:
        """The normalised name that ends in a leaf."""
        return self.names[int(self.trie.source[leaf])]

    def to_disk(self, folder: Path) -> None:
        """Writes the trie and what it was built from."""
        folder.mkdir(parents=True, exist_ok=True)
        self.trie.save(folder / TRIE_FILE)
        srsly.write_json(folder / META_FILE, {"fingerprint": self.fingerprint})

    @classmethod
    def from_disk(cls, folder: Path, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """The trie in `folder`, memory-mapped. Raises KnowledgeBaseError when it belongs to another KB or tokenizer."""
        try:
            mark = srsly.read_json(folder / META_FILE)["fingerprint"]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KnowledgeBaseError(f"{folder / META_FILE} cannot be read ({error!r}). {_ON_DISK}") from error
        trie = PackedTrie.load(folder / TRIE_FILE)
        return cls._matching(trie, mark, kb, prompter, f"{folder} was", _ON_DISK)

    def to_bytes(self) -> bytes:
        """The trie and its fingerprint as one msgpack."""
        data: bytes = srsly.msgpack_dumps({"trie": self.trie.to_bytes(), "fingerprint": self.fingerprint})
        return data

    @classmethod
    def from_bytes(cls, data: bytes, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """Reads what `to_bytes` gave, with the same check as `from_disk`."""
        try:
            content = srsly.msgpack_loads(data)
            stored, mark = content["trie"], content["fingerprint"]
        except (ValueError, TypeError, KeyError) as error:
            raise KnowledgeBaseError(f"These bytes hold no trie ({error!r}). {_IN_BYTES}") from error
        return cls._matching(PackedTrie.from_bytes(stored), mark, kb, prompter, "This trie was", _IN_BYTES)

    @classmethod
    def _matching(
        cls, trie: PackedTrie, mark: str, kb: KnowledgeBase, prompter: Prompter, it_was: str, remedy: str
    ) -> "NameIndex":
        if mark != fingerprint(kb, prompter):
            raise KnowledgeBaseError(
                f"{it_was} built from another knowledge base or tokenizer than those in use. {remedy}"
            )
        names = kb.names()
        if len(names) != len(trie):  # some names were too long for the model
            limit = prompter.max_name_tokens
            names = [name for name, ids in zip(names, prompter.names(names), strict=True) if len(ids) <= limit]
        return cls(trie, names, mark)


def fingerprint(kb: KnowledgeBase, prompter: Prompter) -> str:
    """sha256 over the names, how long they may be, and for a sample of them their rows and tokens."""
    names = kb.names()
    digest = sha256("\n".join((str(prompter.max_name_tokens), *names)).encode())
    sample = names[:: max(1, len(names) // 1000)]
    for name, ids in zip(sample, prompter.names(sample), strict=True):
        digest.update(repr((name, ids, kb.rows_of(name))).encode())
    return digest.hexdigest()


def _tokenised(names: list[str], prompter: Prompter) -> tuple[list[str], list[list[int]]]:
    """The names that are short enough for the model, and their sequences; the others are counted in a warning."""
    sequences = prompter.names(names)
    fits = [i for i, sequence in enumerate(sequences) if len(sequence) <= prompter.max_name_tokens]
    if len(fits) < len(names):
        _warn_of_long_names(len(names) - len(fits), len(names), prompter.max_name_tokens)
    return [names[i] for i in fits], [sequences[i] for i in fits]


def _warn_of_long_names(n_left_out: int, n_names: int, limit: int) -> None:
    _LOGGER.warning(
        "%d of %d names are longer than the %d tokens that the model allows: they cannot be linked to. "
        "Give their concepts a shorter name, or use a model with more positions.",
        n_left_out,
        n_names,
        limit,
    )
