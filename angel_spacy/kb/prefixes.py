"""Which names begin with a prefix: a trie of words that follows run-time additions and removals."""

import heapq
from collections.abc import Container, Iterable

from pygtrie import StringTrie


class PrefixIndex:
    """Normalised names, one trie step a word (a step a letter costs three times the memory)."""

    def __init__(self, names: Iterable[str]) -> None:
        self._trie = StringTrie.fromkeys(names, value=True, separator=" ")

    def refresh(self, names: Iterable[str], known: Container[str]) -> None:
        """Bring `names` up to date: those in `known` can be found, the others no longer."""
        for name in names:
            if name in known:
                self._trie[name] = True
            else:
                self._trie.pop(name, None)

    def starting_with(self, prefix: str, limit: int) -> list[str]:
        """The first `limit` names, in order, that begin with `prefix`; its last word may be cut short."""
        whole_words, _, _ = prefix.rpartition(" ")
        if whole_words and not self._trie.has_node(whole_words):
            return []
        below = self._trie.iterkeys(prefix=whole_words) if whole_words else self._trie.iterkeys()
        return heapq.nsmallest(limit, (name for name in below if name.startswith(prefix)))
