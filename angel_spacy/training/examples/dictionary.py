"""Distant supervision: names of a knowledge base found word by word in unlabelled texts."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ...kb.lexica import owners
from ...objectives.examples import NamedMention
from .sources import Normalise

_WORD = re.compile(r"[^\W_]+")


class Dictionary:
    """Unambiguous names of at least `min_length` characters, longest match first."""

    def __init__(
        self, names: Sequence[Sequence[str]], normalise: Normalise, *, min_length: int = 5, max_words: int = 6
    ) -> None:
        self._rows = {
            name: row for name, row in owners(names).items() if len(name) >= min_length and name.count(" ") < max_words
        }
        self._normalise = normalise
        self._max_words = max_words

    def find(self, text: str) -> Iterator[NamedMention]:
        """Matches from left to right that do not overlap."""
        words = [match.span() for match in _WORD.finditer(text)]
        i = 0
        while i < len(words):
            for j in range(min(len(words), i + self._max_words), i, -1):
                start, end = words[i][0], words[j - 1][1]
                row = self._rows.get(self._normalise(text[start:end]))
                if row is not None:
                    yield NamedMention(text, start, end, (row,))
                    i = j - 1
                    break
            i += 1


def find_mentions(texts: Iterable[str], dictionary: Dictionary, *, at_most: int) -> list[NamedMention]:
    """All matches in `texts`, at most so many for one name, so that frequent ones do not drown the rest."""
    seen: Counter[int] = Counter()
    found = []
    for text in texts:
        for mention in dictionary.find(text):
            seen[mention.rows[0]] += 1
            if seen[mention.rows[0]] <= at_most:
                found.append(mention)
    return found
