"""The letters that names have in common."""

from functools import lru_cache


@lru_cache(200_000)
def trigrams(name: str) -> frozenset[str]:
    """Character 3-grams of a padded name."""
    padded = f"  {name} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
