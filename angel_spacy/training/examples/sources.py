"""Training examples: a mention in its text and the KB name that the model shall write.

Every source draws with the random generator it is handed: example i of a run is the same on every machine,
and a resumed run sees what it would have seen.
"""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from ...objectives.examples import Example, NamedMention, in_context
from ...objectives.trigrams import choose_target
from .noise import noisy
from .synonyms import Synonyms


class ExampleSource(Protocol):
    """Whatever examples can be drawn from."""

    def sample(self, rng: Random) -> Example:
        """One example."""


class SynonymSource:
    """Pairs of names of one concept without context (stage 1, positive pre-training)."""

    def __init__(self, synonyms: Synonyms) -> None:
        self._synonyms = synonyms

    def sample(self, rng: Random) -> Example:
        """A name, noisy or not, and itself or a similar name of the same concept."""
        pair = self._synonyms.draw(rng)
        return Example(pair.surface, 0, len(pair.surface), pair.target)


class MentionSource:
    """Mentions in context, annotated or found by a dictionary (stage 3, positive fine-tuning)."""

    def __init__(
        self,
        mentions: Sequence[NamedMention],
        names: Sequence[Sequence[str]],
        normalise: "Normalise",
        *,
        swap: float = 0.2,
        noise: float = 0.15,
        hide: float = 0.5,
    ) -> None:
        """`swap`: how often another synonym stands in for the mention; `noise`: how often it is misspelt;
        `hide`: how often the mention's own form is no target, so that a similar name must be found."""
        self._mentions = mentions
        self._names = names
        self._normalise = normalise
        self._swap, self._noise, self._hide = swap, noise, hide

    def sample(self, rng: Random) -> Example:
        """One of the three gold names most similar to the mention."""
        mention = rng.choice(self._mentions)
        names = self._names[rng.choice(mention.rows)]
        surface = mention.text[mention.start : mention.end]
        if rng.random() < self._swap:
            surface = rng.choice(names)
        target = choose_target(self._normalise(surface), names, rng, hide=self._hide)
        if rng.random() < self._noise:
            surface = noisy(surface, rng)
        return Example(*in_context(mention.text, mention.start, mention.end, surface), target)


class Normalise(Protocol):
    """A name normaliser."""

    def __call__(self, text: str, /) -> str:
        """The normalised name."""


class Mixture:
    """A list of examples of a stated length, drawn from weighted sources.

    One pool of `POOL` batches comes from one source and is sorted by length, its batches then shuffled:
    short and long prompts do not pad each other.
    """

    POOL = 16

    def __init__(
        self, sources: Sequence[tuple[float, ExampleSource]], *, batch_size: int, n_batches: int, seed: int
    ) -> None:
        self._weights = [weight for weight, _ in sources]
        self._sources = [source for _, source in sources]
        self._batch_size = batch_size
        self._length = batch_size * n_batches
        self._seed = seed
        self._pool_number = -1
        self._pool: list[Example] = []

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, i: int) -> Example:
        number, place = divmod(i, self.POOL * self._batch_size)
        if number != self._pool_number:
            self._pool, self._pool_number = self._draw(number), number
        return self._pool[place]

    def _draw(self, number: int) -> list[Example]:
        rng = Random(f"{self._seed} pool {number}")
        source = rng.choices(self._sources, self._weights)[0]
        size = self._batch_size
        pool = sorted((source.sample(rng) for _ in range(self.POOL * size)), key=_length)
        starts = rng.sample(range(0, len(pool), size), self.POOL)
        return [example for start in starts for example in pool[start : start + size]]


def _length(example: Example) -> int:
    """Characters of mention and name: what the padding of a batch depends on."""
    return 2 * (example.end - example.start) + len(example.target)
