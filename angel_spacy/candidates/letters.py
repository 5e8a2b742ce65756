"""The letters that names have in common."""

from functools import lru_cache
from sys import intern

from ..kb.variants import ROMAN

_KEPT = 20_000  # names whose letters are kept, some 1.4 kB each


@lru_cache(_KEPT)
def trigrams(name: str) -> frozenset[str]:
    """Character 3-grams of a padded name."""
    padded = f"  {name} "
    return frozenset(intern(padded[i : i + 3]) for i in range(len(padded) - 2))


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """What share two sets have in common, 0 to 1; neither is empty."""
    return 2 * len(one & other) / (len(one) + len(other))


@lru_cache(_KEPT)
def numbers(name: str) -> frozenset[str]:
    """The words of a normalised name that hold a digit, and Roman numerals as the numbers that they are."""
    words = name.split()
    return frozenset(ROMAN.get(word, word) for word in words if word in ROMAN or any(map(str.isdigit, word)))
