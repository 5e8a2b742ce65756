"""The pairs of a preference stage's chunks, from wherever its settings say."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TypeVar

from ..candidates.index import NameIndex
from ..candidates.lexical import Neighbours
from ..errors import ConfigError
from ..models.generator import Generator
from ..objectives.examples import NamedMention
from ..objectives.mining import closest, mine
from ..objectives.names import Names, names_by_row
from ..objectives.pairs import PreferencePair, read_pairs
from .examples.data import TrainingData
from .examples.synonyms import Synonyms
from .sections import PairSettings

T = TypeVar("T")


class PairMaker:
    """Makes the pairs of chunk i. Nothing depends on the chunks before it but the generator that is handed in."""

    def __init__(self, data: TrainingData, settings: PairSettings, *, seed: int) -> None:
        self._data, self._settings, self._seed = data, settings, seed
        self._index: NameIndex | None = None
        self._neighbours: Neighbours | None = None

    def pairs(self, i: int, generator: Generator) -> list[PreferencePair]:
        """Pairs in no particular order. Raises ConfigError when there is nothing to make them of."""
        made: dict[str, Callable[[int, Generator], list[PreferencePair]]] = {
            "model": self._mined,
            "names": self._named,
            "synonyms": self._synonyms,
            "similar": self._similar,
            "files": self._corrected,
        }
        return made[self._settings.source](i, generator)

    def _mined(self, i: int, generator: Generator) -> list[PreferencePair]:
        return list(self._mine(self._dealt[i], generator))

    def _named(self, i: int, generator: Generator) -> list[PreferencePair]:
        return self._on_names(self._n, i, generator)

    def _on_names(self, n: int, i: int, generator: Generator) -> list[PreferencePair]:
        rng = Random(f"{self._seed} names {i}")
        sources = [source for source in (self._data.synonyms, self._data.tied) if len(source)]
        drawn = (rng.choice(sources).draw(rng) for _ in range(n))
        asked = [NamedMention(pair.surface, 0, len(pair.surface), (pair.row,)) for pair in drawn]
        return list(self._mine(asked, generator))

    def _synonyms(self, i: int, generator: Generator) -> list[PreferencePair]:
        return lookalike_pairs(
            self._data.names, self._data.weights, self._n, seed=f"{self._seed} {i}", k=self._settings.top
        )

    def _similar(self, i: int, generator: Generator) -> list[PreferencePair]:
        """The most similar gold name, and one of the `top` wrong names that look most like the mention."""
        rng, mentions = Random(f"{self._seed} similar {i}"), self._dealt[i]
        self._neighbours = self._neighbours or Neighbours(self._names)
        surfaces = [generator.prompter.normalise(mention.text[mention.start : mention.end]) for mention in mentions]
        near = self._neighbours.nearest(surfaces, self._settings.top, apart_from=[one.rows for one in mentions])
        return [
            PreferencePair(one.text, one.start, one.end, closest(one, self._names, generator), rng.choice(wrong))
            for one, wrong in zip(mentions, near, strict=True)
            if wrong
        ]

    def _corrected(self, i: int, generator: Generator) -> list[PreferencePair]:
        """A chunk's share of the files' pairs, and so many more of the model's own answers for replay."""
        normalise = generator.prompter.normalise
        given = [
            replace(pair, chosen=normalise(pair.chosen), rejected=normalise(pair.rejected))
            for path in self._settings.files
            for pair in read_pairs(Path(path))
        ]
        if not given:
            raise ConfigError(f"There is no pair in {', '.join(self._settings.files)}: give files that hold some.")
        own = _deal(given, self._settings.n_chunks, f"{self._seed} files")[i]
        return own + self._replayed(round(self._settings.replay * len(own)), i, generator)

    def _replayed(self, n: int, i: int, generator: Generator) -> list[PreferencePair]:
        """On annotated mentions, where there are some; else on names."""
        if not n:
            return []
        pairs = self._mine(self._dealt[i][:n], generator) if self._data.mentions else self._on_names(n, i, generator)
        return list(pairs)[:n]

    def _mine(self, mentions: Sequence[NamedMention], generator: Generator) -> Iterator[PreferencePair]:
        settings = self._settings
        kb = self._data.kb_with_aliases if settings.aliases else self._data.kb
        self._index = self._index or NameIndex.build(kb, generator.prompter)
        return mine(
            generator,
            self._index,
            self._names,
            mentions,
            top=settings.top,
            every=settings.every,
            missed=settings.missed,
            aliases=self._aliases if settings.aliases else (),
        )

    @property
    def _n(self) -> int:
        """A chunk's share of what is drawn."""
        return self._settings.n_pairs // self._settings.n_chunks

    @cached_property
    def _names(self) -> Names:
        """Those of the KB without the annotated mentions, which would be their own right answers."""
        return names_by_row(self._data.kb)

    @cached_property
    def _aliases(self) -> set[str]:
        """What only the annotated mentions name anything."""
        return {name for own in self._data.names for name in own} - {name for own in self._names for name in own}

    @cached_property
    def _dealt(self) -> list[list[NamedMention]]:
        if not self._data.mentions:
            raise ConfigError(f"pairs.source {self._settings.source!r} needs annotated mentions: give [paths] corpora.")
        return _deal(self._data.mentions, self._settings.n_chunks, f"{self._seed} chunks")


def lookalike_pairs(
    names: Sequence[Sequence[str]], weights: Sequence[float], n: int, *, seed: int | str, k: int = 5
) -> list[PreferencePair]:
    """At most `n` pairs: the mention is a name, noisy or not; a name of its concept is chosen, one of another rejected.

    Concepts are drawn by `weights[row]`. The rejected name is one of the `k` nearest to the mention's that share no
    concept with it. A name that noise would turn into another known one stays as it is; one without any neighbour
    is left out.
    """
    synonyms = Synonyms(names, weights)
    if not len(synonyms):
        return []
    rng = Random(f"{seed} negatives")
    neighbours = Neighbours(names)
    drawn = [synonyms.draw(rng) for _ in range(n)]
    pairs = []
    for pair, near in zip(drawn, neighbours.nearest([pair.name for pair in drawn], k), strict=True):
        if near:
            pairs.append(PreferencePair(pair.surface, 0, len(pair.surface), pair.target, rng.choice(near)))
    return pairs


def _deal(items: Sequence[T], n: int, seed: str) -> list[list[T]]:
    """The items shuffled and dealt to `n` hands."""
    shuffled = list(items)
    Random(seed).shuffle(shuffled)
    return [shuffled[i::n] for i in range(n)]
