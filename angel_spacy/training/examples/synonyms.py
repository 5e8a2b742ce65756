"""Two names of one concept, drawn by weight: one as an author might spell it, one to write for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from ...objectives.trigrams import most_similar
from .noise import noisy


@dataclass(frozen=True, slots=True)
class SynonymPair:
    """`surface` is `name` with or without noise; `target` is a name of the same row, perhaps `name` itself."""

    row: int
    name: str
    surface: str
    target: str


class Synonyms:
    """What synonym pairs are drawn from."""

    def __init__(
        self,
        names: Sequence[Sequence[str]],
        weights: Sequence[float],
        *,
        surfaces: Sequence[Sequence[str]] | None = None,
        identity: float = 0.4,
    ) -> None:
        """`names[row]` are a concept's normalised names, `weights[row]` how often it is drawn.

        `surfaces[row]` are the forms that stand in the text, where they are others than the names.
        """
        self._names = names
        self._surfaces = surfaces or names
        self._rows = [row for row, own in enumerate(names) if own and self._surfaces[row] and weights[row] > 0]
        self._cumulative = list(accumulate(weights[row] for row in self._rows))
        self._identity = identity
        self._known = {name for own in (*names, *self._surfaces) for name in own}

    def __len__(self) -> int:
        """The concepts that can be drawn."""
        return len(self._rows)

    def draw(self, rng: Random) -> SynonymPair:
        """A name, noisy or not, and itself or a similar name of the same concept."""
        row = rng.choices(self._rows, cum_weights=self._cumulative)[0]
        names = self._names[row]
        name = rng.choice(self._surfaces[row])
        others = [other for other in names if other != name]
        if not others or (name in names and rng.random() < self._identity):
            return SynonymPair(row, name, self._perhaps_noisy(name, 0.75, rng), name)
        surface = self._perhaps_noisy(name, 0.3, rng)
        target = rng.choice(most_similar(name, others, 3) if rng.random() < 0.7 else others)
        return SynonymPair(row, name, surface, target)

    def _perhaps_noisy(self, name: str, share: float, rng: Random) -> str:
        """The name, noisy in that share of the draws; never empty, as the singular of "s" would be, and never a name
        that may be another concept's."""
        surface = noisy(name, rng) if rng.random() < share else name
        return surface if surface.strip() and surface not in self._known else name
