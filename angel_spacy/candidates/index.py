"""The names of a knowledge base as a trie of one tokenizer's ids, with the way back from leaf to name."""

import logging
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray

from ..arrays.checksums import write_checksums
from ..arrays.ragged import Ragged
from ..errors import KnowledgeBaseError
from ..files import whole
from ..kb import KnowledgeBase
from ..prompts import Prompter
from ..trie.trie import FORMAT_VERSION, PackedTrie

META_FILE = "trie.json"

_FEW = 8  # changes that are made one by one
_CHUNK = 50_000  # names that are tokenised at once: their ids pass through lists of Python
_PATIENCE = 3.0  # seconds without a progress bar
_N_SAMPLED = 100
_ON_DISK = "Delete that folder: the trie is then built anew."
_IN_BYTES = "Read the rest with exclude=['trie']: the trie is then built anew."
_LOGGER = logging.getLogger(__name__)

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NameIndex:
    """`names` are the KB's, sorted; leaf i of the trie is names[trie.first_input[i]]. A name that is too long for the
    model has no leaf. `fingerprint` tells KB and tokenizer."""

    trie: PackedTrie
    names: Sequence[str]
    fingerprint: str

    @classmethod
    def build(cls, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """Tokenises and packs every name; names longer than the model has positions for are left out, and counted
        in a warning."""
        return cls._of(kb, prompter, Ragged.of([]), np.arange(0), new=np.arange(kb.n_names))

    def updated(self, kb: KnowledgeBase, prompter: Prompter, since: int) -> "NameIndex":
        """What `build` makes of a KB that was at version `since` when this was built: only what changed since is
        tokenised."""
        numbers, new = renumbered(kb, since)
        if edited := self._edited(kb, prompter, since, numbers, new):
            return edited
        numbers = numbers[self.trie.first_input]
        kept = np.flatnonzero(numbers >= 0)
        return self._of(kb, prompter, self.trie.all_sequences().take(kept), numbers[kept], new)

    def _edited(
        self, kb: KnowledgeBase, prompter: Prompter, since: int, numbers: Numbers, new: Numbers
    ) -> "NameIndex | None":
        """The same for few changes, one by one in the packed trie; None where names share tokens, or it cannot be."""
        names, gone = kb.names(), list(kb.changes_since(since)[1])
        if len(gone) + len(new) > _FEW:
            return None
        leafless = numbers[np.flatnonzero(self.leaf_of < 0)]
        others = [names[i] for i in leafless[leafless >= 0].tolist()]
        tokens = [tuple(one) for one in prompter.names([*gone, *(names[i] for i in new.tolist()), *others])]
        changed, limit = tokens[: len(gone) + len(new)], prompter.max_name_tokens
        if len(set(changed[: len(gone)])) < len(gone) or not set(changed).isdisjoint(tokens[len(changed) :]):
            return None
        _warn_of_long_names(sum(len(one) > limit for one in changed[len(gone) :]), len(new), limit)
        trie: PackedTrie | None = self.trie
        for one in changed[: len(gone)]:
            trie = trie.without_name(one) if trie is not None and len(one) <= limit else trie
        if trie is None or (numbers[trie.first_input] < 0).any():
            return None
        trie = replace(trie, first_input=numbers[trie.first_input].astype(np.int32))
        for one, number in zip(changed[len(gone) :], new.tolist(), strict=True):
            if trie is not None and len(one) <= limit:
                trie = trie.with_name(one, kb.rows_of(names[number]), number)
        return None if trie is None else NameIndex(trie, names, fingerprint(kb, prompter))

    @classmethod
    def _of(cls, kb: KnowledgeBase, prompter: Prompter, known: Ragged, numbers: Numbers, new: Numbers) -> "NameIndex":
        """The index of `kb`. `known` are the tokens of the names with these `numbers`; the rest is tokenised: `new`
        names, and those that had no leaf of their own (too long, or with the tokens of another name)."""
        names, limit = kb.names(), prompter.max_name_tokens
        missing = np.setdiff1d(np.arange(len(names)), numbers, assume_unique=True)
        found = _tokenised(names, missing, prompter)
        fits = found.lengths <= limit
        _warn_of_long_names(int(np.isin(new, missing[~fits]).sum()), len(new), limit)
        numbers = np.concatenate([numbers, missing[fits]])
        order = numbers.argsort()
        place = np.concatenate([np.arange(len(known.lengths)), len(known.lengths) + np.flatnonzero(fits)])
        trie = PackedTrie.build(known.joined(found).take(place[order]), kb.name_rows().take(numbers[order]))
        first_input = numbers[order][trie.first_input].astype(np.int32)
        return cls(replace(trie, first_input=first_input), names, fingerprint(kb, prompter))

    @cached_property
    def leaf_of(self) -> Numbers:
        """(n_names,) the leaf of each name of its own, -1 where it has none."""
        leaves = np.full(len(self.names), -1)
        leaves[self.trie.first_input] = np.arange(len(self.trie.first_input))
        return leaves

    def name(self, leaf: int) -> str:
        """The normalised name that ends in a leaf."""
        return self.names[int(self.trie.first_input[leaf])]

    def to_disk(self, folder: Path) -> None:
        """Writes the trie and what it was built from, all or nothing; a folder that is there is replaced."""
        with whole(folder.absolute()) as fresh:
            self.trie.save(fresh)
            srsly.write_json(fresh / META_FILE, self._mark())
            write_checksums(fresh)

    @classmethod
    def from_disk(cls, folder: Path, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """The trie in `folder`, memory-mapped. Raises KnowledgeBaseError when it belongs to another KB or tokenizer."""
        try:
            mark = _fingerprint_in(srsly.read_json(folder / META_FILE))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KnowledgeBaseError(f"{folder / META_FILE} cannot be read ({error!r}). {_ON_DISK}") from error
        return cls._matching(PackedTrie.load(folder), mark, kb, prompter, f"{folder} was", _ON_DISK)

    def to_bytes(self) -> bytes:
        """The trie and what it was built from as one msgpack."""
        data: bytes = srsly.msgpack_dumps({"trie": self.trie.to_bytes(), **self._mark()})
        return data

    @classmethod
    def from_bytes(cls, data: bytes, kb: KnowledgeBase, prompter: Prompter) -> "NameIndex":
        """Reads what `to_bytes` gave, with the same check as `from_disk`."""
        try:
            content = srsly.msgpack_loads(data)
            stored, mark = content["trie"], _fingerprint_in(content)
        except (ValueError, TypeError, KeyError) as error:
            raise KnowledgeBaseError(f"These bytes hold no trie ({error!r}). {_IN_BYTES}") from error
        return cls._matching(PackedTrie.from_bytes(stored), mark, kb, prompter, "This trie was", _IN_BYTES)

    def _mark(self) -> dict[str, Any]:
        return {"format_version": FORMAT_VERSION, "fingerprint": self.fingerprint}

    @classmethod
    def _matching(
        cls, trie: PackedTrie, mark: str, kb: KnowledgeBase, prompter: Prompter, it_was: str, remedy: str
    ) -> "NameIndex":
        if mark != fingerprint(kb, prompter):
            raise KnowledgeBaseError(
                f"{it_was} built from another knowledge base or tokenizer than those in use. {remedy}"
            )
        return cls(trie, kb.names(), mark)


def fingerprint(kb: KnowledgeBase, prompter: Prompter) -> str:
    """sha256 over the KB's fingerprint, how long names may be, the vocabulary, and the tokens of a few names."""
    names = kb.names()
    sample = [names[i] for i in range(0, len(names), max(1, len(names) // _N_SAMPLED))]
    vocabulary = sorted(prompter.vocabulary().items())
    parts = (kb.fingerprint, prompter.max_name_tokens, vocabulary, prompter.names(sample))
    return sha256(repr(parts).encode()).hexdigest()


def _fingerprint_in(content: Mapping[str, Any]) -> str:
    """Raises ValueError for a trie of another format."""
    if content["format_version"] != FORMAT_VERSION:
        raise ValueError(f"format version {content['format_version']}, this release reads {FORMAT_VERSION}")
    return str(content["fingerprint"])


def renumbered(kb: KnowledgeBase, since: int) -> tuple[Numbers, Numbers]:
    """(n_names at version `since`,) numbers that these names have now, -1 for one that went or changed its rows; and
    (n_new,) numbers of the names that came or changed."""
    names = kb.names()
    added, removed = ([(name, bisect_left(names, name)) for name in some] for some in kb.changes_since(since))
    new, before = (np.array([number for _, number in some], np.int64) for some in (added, removed))
    kept = np.delete(np.arange(len(names)), new)
    # Before a name that went stood the names that are before it now, without the new ones, and others that went.
    gone = before - np.searchsorted(new, before) + np.arange(len(removed))
    numbers = np.full(len(kept) + len(removed), -1)
    numbers[np.delete(np.arange(len(numbers)), gone)] = kept
    return numbers, new


def _tokenised(names: Sequence[str], numbers: Numbers, prompter: Prompter) -> Ragged:
    """The sequences of the names with these numbers. A bar shows the progress on a terminal when it takes long."""
    from tqdm import tqdm

    chunks = [Ragged.of([])]
    with tqdm(desc="Tokenising names", total=len(numbers), unit="name", disable=None, delay=_PATIENCE) as bar:
        for start in range(0, len(numbers), _CHUNK):
            chunk = [names[i] for i in numbers[start : start + _CHUNK].tolist()]
            chunks.append(Ragged.of(prompter.names(chunk)))
            bar.update(len(chunk))
    return chunks[0].joined(*chunks[1:])


def _warn_of_long_names(n_left_out: int, n_names: int, limit: int) -> None:
    if n_left_out:
        _LOGGER.warning(
            "%d of %d names are longer than the %d tokens that the model allows: they cannot be linked to. "
            "Give their concepts a shorter name, or use a model with more positions.",
            n_left_out,
            n_names,
            limit,
        )
