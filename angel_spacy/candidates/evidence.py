"""What speaks for each concept that some source proposes for a mention, in numbers that can be weighed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import exp, log, log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .labels import kind_of
from .letters import dice, numbers, trigrams
from .restriction import Restrictions
from .similar import Near, SimilarNames
from .source import Request

Floats = NDArray[np.float32]

FEATURES = {
    "generated": "mean log-probability of a token of its best name that the generator wrote (of the worst, if none)",
    "not_generated": "the generator wrote none of its names",
    "mass": "log of the summed probability of those names",
    "similar": "cosine of its nearest name by the name encoder",
    "letters": "share of character 3-grams that its nearest name and the wording have in common (Dice)",
    "preferred": "share of 3-grams that its preferred name and a wording have in common",
    "name": "a wording is a name of it",
    "same_words": "a wording has the words of a name in any order",
    "numbers": "a number stands in its nearest name and not in the wording, or the other way round",
    "seen": "log of 1 + how often a wording was seen to mean it in annotated text",
    "kind": "log-probability that it is the kind of thing that the mention's label says",
    "short_name": "the abbreviation, whose long form the text gives, is a name of it",
    "short_similar": "cosine of its nearest name and that abbreviation",
    "homonym": "its name means another concept first",
    "first_generated": "the generator wrote its name as the best",
    "first_similar": "its name is the nearest",
}
"""What is weighed, in this order."""

AGAINST = frozenset({"not_generated", "numbers", "homonym"})
"""What speaks against a concept; all else speaks for it."""

_GENERATORS = [i for i, name in enumerate(FEATURES) if "generated" in name or name == "mass"]
_LEAST_SCORE, _LEAST_MASS, _LEAST_KIND = -5.0, 1e-4, -5.0
_NOTHING_WRITTEN = -4.0


class Written(NamedTuple):
    """A name that the generator wrote, or was asked about (`reached` is False): its number among `kb.names()`, its
    log-probability and tokens."""

    number: int
    log_prob: float
    n_tokens: int
    reached: bool = True


@dataclass(frozen=True)
class Wording:
    """One form of a mention, normalised, with the names that sources give for it.

    `is_short`: an abbreviation for which the text gives a long form, another wording.
    """

    words: str
    is_short: bool
    written: Sequence[Written]
    near: Near


@dataclass(frozen=True)
class Evidence:
    """Of one mention: `rows` of concepts, for each the number of the `names` that speaks most for it, `values`
    (n_rows, len(FEATURES))."""

    rows: Sequence[int]
    names: Sequence[int]
    values: Floats


@dataclass
class _Found:
    """What has been found for one concept so far."""

    name: int
    best: float = -9.0
    homonym: float = 0.0
    score: float | None = None
    reached: bool = False
    mass: float = 0.0
    similar: float = 0.0
    letters: float = 0.0
    preferred: float = 0.0
    is_name: float = 0.0
    same_words: float = 0.0
    numbers: float = 0.0
    short_name: float = 0.0
    short_similar: float = 0.0
    seen: int = field(default=0)


class Gatherer:
    """Gathers the evidence of a knowledge base."""

    def __init__(self, similar: SimilarNames, restrictions: Restrictions) -> None:
        """Of the KB that `similar` compares, as it is now."""
        self._kb = similar.kb
        self._similar, self._restrictions = similar, restrictions
        self._names, self._rows, self._kinds = similar.kb.names(), similar.rows(), similar.kinds()

    def gather(self, request: Request, wordings: Iterable[Wording], *, was_read: bool = True) -> Evidence:
        """All concepts that any name of any wording means and the label allows. `was_read`: whether the generator was
        asked; where it was not, its pieces of evidence are 0 for all."""
        found: dict[int, _Found] = {}
        forms = []
        fits = partial(self._restrictions.allows, self._restrictions.number(request))
        for wording in wordings:
            self._read(wording, found, fits)
            forms.append(trigrams(wording.words))
        for row, one in found.items():
            preferred = trigrams(next(iter(self._kb.names_of(row))))
            one.preferred = max(dice(preferred, grams) for grams in forms)
        values = self._values(request, found)
        if not was_read:
            values[:, _GENERATORS] = 0
        return Evidence(list(found), [one.name for one in found.values()], values)

    def _read(self, wording: Wording, found: dict[int, _Found], fits: Callable[[int], bool]) -> None:
        written = {one.number: one for one in wording.written}
        words, grams, own = sorted(wording.words.split()), trigrams(wording.words), numbers(wording.words)
        for number, cosine in self._cosines(wording, written):
            name = self._names[number]
            letters = dice(grams, trigrams(name))
            first, last = self._rows.offsets[number : number + 2].tolist()
            for place, row in enumerate(filter(fits, self._rows.values[first:last].tolist())):
                one = found.setdefault(row, _Found(number))
                weight = cosine + letters + 0.2 * (number in written) - 0.3 * wording.is_short
                if weight > one.best:
                    one.best, one.name, one.homonym = weight, number, float(place > 0)
                    one.numbers = float(numbers(name) != own)
                if wording.is_short:
                    one.short_similar = max(one.short_similar, cosine)
                    one.short_name = max(one.short_name, float(name == wording.words))
                    continue
                one.similar, one.letters = max(one.similar, cosine), max(one.letters, letters)
                one.is_name = max(one.is_name, float(name == wording.words))
                one.same_words = max(one.same_words, float(sorted(name.split()) == words))
                if number in written:
                    _, log_prob, n_tokens, reached = written[number]
                    score = log_prob / n_tokens
                    one.reached = one.reached or reached
                    one.score = score if one.score is None else max(one.score, score)
                    one.mass += exp(log_prob)
        for row in found.keys() & set(self._kb.rows_of(wording.words)):
            found[row].seen += self._kb.seen.get((wording.words, self._kb.concept(row).concept_id), 0)

    def _cosines(self, wording: Wording, written: dict[int, Written]) -> Iterator[tuple[int, float]]:
        """The numbers of the wording's names with their cosines."""
        near = dict(zip(wording.near.numbers.tolist(), wording.near.cosines.tolist(), strict=True))
        further = [number for number in written if number not in near]
        if further:
            near.update(zip(further, self._similar.cosines(wording.near.vector, further).tolist(), strict=True))
        return iter(near.items())

    def _values(self, request: Request, found: dict[int, _Found]) -> Floats:
        scores = [one.score for one in found.values() if one.score is not None]
        best, worst = max(scores, default=0.0), min(scores) if len(scores) > 1 else _NOTHING_WRITTEN
        nearest = max((one.similar for one in found.values()), default=0.0)
        kind = kind_of(request.label)
        rows = [
            (
                max(_LEAST_SCORE, worst if one.score is None else one.score),
                not one.reached,
                log(max(one.mass, _LEAST_MASS)),
                one.similar,
                one.letters,
                one.preferred,
                one.is_name,
                one.same_words,
                one.numbers,
                log1p(one.seen),
                0.0 if kind is None else max(_LEAST_KIND, float(self._kinds[row, kind])),
                one.short_name,
                one.short_similar,
                one.homonym,
                one.score == best,
                one.similar == nearest,
            )
            for row, one in found.items()
        ]
        return np.array(rows, np.float32).reshape(len(found), len(FEATURES))
