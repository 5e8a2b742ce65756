"""Training examples: a mention in its text and the KB name that the model shall write.

Every source draws with the random generator it is handed: example i of a run is the same on every machine,
and a resumed run sees what it would have seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Protocol

from .noise import noisy


@dataclass(frozen=True, slots=True)
class Example:
    """`text[start:end]` is the mention, `target` the normalised name that names it."""

    text: str
    start: int
    end: int
    target: str


class Source(Protocol):
    """Whatever examples can be drawn from."""

    def sample(self, rng: Random) -> Example:
        """One example."""


@dataclass(frozen=True, slots=True)
class NamedMention:
    """A mention in a text with the rows of its concepts in a table of names."""

    text: str
    start: int
    end: int
    rows: tuple[int, ...]


def trigrams(name: str) -> set[str]:
    """Character 3-grams of a padded name."""
    padded = f"  {name} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def most_similar(mention: str, names: Sequence[str], n: int) -> list[str]:
    """The `n` names that share most character 3-grams with the mention (Jaccard; ties by name)."""
    grams = trigrams(mention)

    def distance(name: str) -> tuple[float, str]:
        other = trigrams(name)
        return -len(grams & other) / len(grams | other), name

    return sorted(names, key=distance)[:n]


def in_context(text: str, start: int, end: int, surface: str) -> tuple[str, int, int]:
    """The text with its mention replaced by `surface`, and where that lies."""
    return text[:start] + surface + text[end:], start, start + len(surface)


class SynonymSource:
    """Pairs of names of one concept without context (stage 1, positive pre-training)."""

    def __init__(self, names: Sequence[Sequence[str]], weights: Sequence[float], *, identity: float = 0.4) -> None:
        """`names[row]` are a concept's normalised names, `weights[row]` how often it is drawn."""
        self._names = names
        self._rows = [row for row, own in enumerate(names) if own]
        self._cumulative = list(accumulate(weights[row] for row in self._rows))
        self._identity = identity

    def sample(self, rng: Random) -> Example:
        """A name, noisy or not, and itself or a similar name of the same concept."""
        row = rng.choices(self._rows, cum_weights=self._cumulative)[0]
        names = self._names[row]
        mention = rng.choice(names)
        others = [name for name in names if name != mention]
        if not others or rng.random() < self._identity:
            surface = noisy(mention, rng) if rng.random() < 0.75 else mention
            return Example(surface, 0, len(surface), mention)
        surface = noisy(mention, rng) if rng.random() < 0.3 else mention
        target = rng.choice(most_similar(mention, others, 3) if rng.random() < 0.7 else others)
        return Example(surface, 0, len(surface), target)


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
        own = self._normalise(surface)
        others = [name for name in names if name != own]
        if own in names and not (others and rng.random() < self._hide):
            target = own
        else:
            target = rng.choice(most_similar(own, others, 3))
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

    def __init__(self, sources: Sequence[tuple[float, Source]], *, batch_size: int, n_batches: int, seed: int) -> None:
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
