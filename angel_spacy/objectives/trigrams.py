"""Which names look like a mention."""

from collections.abc import Sequence
from random import Random

from ..candidates.letters import trigrams


def most_similar(mention: str, names: Sequence[str], n: int) -> list[str]:
    """The `n` names that share most character 3-grams with the mention (Jaccard; ties by name)."""
    grams = trigrams(mention)

    def distance(name: str) -> tuple[float, str]:
        other = trigrams(name)
        return -len(grams & other) / len(grams | other), name

    return sorted(names, key=distance)[:n]


def choose_target(surface: str, names: Sequence[str], rng: Random, *, hide: float = 0.5) -> str:
    """The name to be written for a normalised mention: itself where it is one of its concept's names, else one of
    the three most similar. `hide`: how often its own form is none, so that a similar name must be found."""
    others = [name for name in names if name != surface]
    if surface in names and not (others and rng.random() < hide):
        return surface
    return rng.choice(most_similar(surface, others, 3))
