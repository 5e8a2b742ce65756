"""The names of a knowledge base as a trie of one tokenizer's ids, with the way back from leaf to name."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import srsly

from ..errors import KnowledgeBaseError
from ..kb import KnowledgeBase
from ..kb.trie import PackedTrie
from ..prompts import Prompter

TRIE_FILE, META_FILE = "trie.npz", "trie.json"


@dataclass(frozen=True, eq=False)
class NameIndex:
    """`names` are sorted; leaf i of the trie is names[trie.source[i]]. `fingerprint` tells KB and tokenizer."""

    trie: PackedTrie
    names: list[str]
    fingerprint: str

    @classmethod
    def build(cls, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """Tokenises and packs every name; names longer than the model has positions for are left out."""
        names = kb.names()
        sequences = prompter.names(names)
        limit = prompter.max_name_tokens
        fits = [i for i, sequence in enumerate(sequences) if len(sequence) <= limit]
        if len(fits) < len(names):
            names = [names[i] for i in fits]
            sequences = [sequences[i] for i in fits]
        trie = PackedTrie.build(sequences, [kb.rows_of(name) for name in names])
        return cls(trie, names, fingerprint(kb, prompter))

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
        meta = srsly.read_json(folder / META_FILE) if (folder / META_FILE).is_file() else {}
        trie = PackedTrie.load(folder / TRIE_FILE)
        return cls._matching(trie, meta.get("fingerprint", ""), kb, prompter, str(folder))

    def to_bytes(self) -> bytes:
        """The trie and its fingerprint as one msgpack."""
        data: bytes = srsly.msgpack_dumps({"trie": self.trie.to_bytes(), "fingerprint": self.fingerprint})
        return data

    @classmethod
    def from_bytes(cls, data: bytes, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """Reads what `to_bytes` gave, with the same check as `from_disk`."""
        content = srsly.msgpack_loads(data)
        trie = PackedTrie.from_bytes(content["trie"])
        return cls._matching(trie, content["fingerprint"], kb, prompter, "the bytes")

    @classmethod
    def _matching(cls, trie: PackedTrie, mark: str, kb: KnowledgeBase, prompter: Prompter, place: str) -> "NameIndex":
        if mark != fingerprint(kb, prompter):
            raise KnowledgeBaseError(
                f"The trie in {place} was built from another knowledge base or tokenizer than those beside it. "
                "Save the pipeline again, or set the knowledge base with linker.set_kb(kb)."
            )
        limit = prompter.max_name_tokens
        names = kb.names()
        if len(names) != len(trie):  # some names were too long for the model
            names = [name for name, ids in zip(names, prompter.names(names), strict=True) if len(ids) <= limit]
        return cls(trie, names, mark)


def fingerprint(kb: KnowledgeBase, prompter: Prompter) -> str:
    """sha256 over the names, their concepts' number, and how the tokenizer splits a sample of the names."""
    names = kb.names()
    digest = sha256("\n".join(names).encode())
    sample = names[:: max(1, len(names) // 1000)]
    for name, ids in zip(sample, prompter.names(sample), strict=True):
        digest.update(repr((name, ids, kb.rows_of(name))).encode())
    return digest.hexdigest()
