"""Concepts with names like real ones, drawn from names that are given; see `synthetic.py`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from random import Random

from angel_spacy.kb import Concept

LONGEST = 24  # words


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FRONT = (
    *_words("acute chronic congenital familial recurrent primary secondary juvenile severe mild idiopathic hereditary"),
    *_words("neonatal left right bilateral upper lower partial total recombinant human murine closed open suspected"),
    *("adult onset", "early onset", "late onset", "history of", "risk of", "drug induced", "post traumatic"),
)
BACK = (
    "of the left {part}",
    "of the right {part}",
    "of {part}",
    "with {word}",
    "without {word}",
    "due to {word}",
    "type {number}",
    "type {number}{letter}",
    "stage {number}",
    "grade {number}",
    "subunit {letter}",
    "{number} mg",
    "{number} mg tablet",
    "initial encounter",
    "subsequent encounter",
    "nos",
    "susceptibility to {number}",
    "autosomal recessive {number}",
)
PARTS = _words(
    "kidney eye lung hand foot ear hip knee shoulder breast ovary ventricle atrium femur tibia lobe forearm wrist"
    " ankle orbit retina cornea ureter bronchus testis"
)
# Without real names: the built-in words, put together by `built_in_names`.
HEADS = _words(
    "cardio neuro hepato nephro gastro osteo dermo myo pneumo encephalo haemato lipo glyco cysto arthro rhino angio"
    " chondro adeno fibro thyro lympho leuko erythro thrombo methyl ethyl chloro fluoro hydroxy amino phospho"
)
TAILS = _words(
    "pathy itis osis oma megaly plasia trophy sclerosis lysis penia aemia uria algia ectasia stenosis malacia genesis"
    " amine azole olol pril sartan mycin cillin statin ase in ine ol ate oxide acid"
)
NOUNS = _words(
    "syndrome disease deficiency disorder tumor carcinoma infection protein receptor antigen injury fracture anomaly"
    " kinase factor fever neoplasm lesion reaction tablet solution measurement procedure"
)


@dataclass(frozen=True)
class Recipe:
    """How much is made, and of what kind. `relatives`: the share of concepts that are named after an earlier one."""

    n_names: int
    n_concepts: int
    seed: int = 0
    relatives: float = 0.1

    def __post_init__(self) -> None:
        if not 1 <= self.n_concepts <= self.n_names:
            raise SystemExit(f"{self.n_names} names for {self.n_concepts} concepts: give each concept one or more.")


class Dice:
    """Draws that are the same everywhere: made of nothing but `random()`."""

    def __init__(self, seed: int) -> None:
        self.random: Callable[[], float] = Random(seed).random

    def below(self, n: int) -> int:
        """0 .. n - 1."""
        return int(self.random() * n)

    def one(self, of: Sequence[str]) -> str:
        """One of them."""
        return of[int(self.random() * len(of))]


class NameModel:
    """Draws names that look like those it was given."""

    def __init__(self, names: Iterable[str], dice: Dice) -> None:
        """`names` are normalised: words and spaces."""
        self._dice = dice
        self._after: dict[str, list[str]] = defaultdict(list)  # word -> words behind it; "" before and after a name
        counts: Counter[str] = Counter()
        for name in names:
            words = name.split()
            counts.update(words)
            for word, following in zip(["", *words], [*words, ""], strict=True):
                self._after[word].append(following)
        if not counts:
            raise SystemExit("No names to learn from: give a knowledge base that has some.")
        self._words = list(counts)
        self._long = [word for word in self._words if len(word) > 4] or self._words
        self._ends: dict[str, list[str]] = defaultdict(list)  # two letters -> what stands behind them in a word
        for word in self._long:
            for i in range(2, len(word)):
                self._ends[word[i - 2 : i]].append(word[i:])
        self.new_words = sum(count == 1 for count in counts.values()) / sum(counts.values())

    def words(self) -> list[str]:
        """The words of a name, one or more."""
        dice, found, word = self._dice, [], ""
        while len(found) < LONGEST and (word := dice.one(self._after[word])):
            found.append(self.new_word() if dice.random() < self.new_words else word)
        return found

    def word_behind(self, word: str) -> str:
        """A word that may follow; any word behind one that nothing follows."""
        return self._dice.one(self._after.get(word, self._words)) or self._dice.one(self._words)

    def new_word(self) -> str:
        """The beginning of a word and the end of another."""
        word = self._dice.one(self._long)
        cut = 2 + self._dice.below(max(1, len(word) - 2))
        return word[:cut] + self._dice.one(self._ends.get(word[cut - 2 : cut], [""]))


class Vocabulary:
    """Draws concepts, each name once."""

    def __init__(self, names: Iterable[str], recipe: Recipe) -> None:
        self.recipe = recipe
        self._dice = Dice(recipe.seed)
        self._model = NameModel(names, self._dice)
        self._seen: set[int] = set()
        self._recent: list[list[str]] = []  # preferred names that later concepts may be relatives of
        self._ways = (*2 * [self._model_words], *2 * [self._turned], *3 * [self._exchanged], self._modified)

    def concepts(self) -> Iterator[Concept]:
        """All of them, one at a time."""
        left = self.recipe.n_names
        for number in range(self.recipe.n_concepts):
            n_names = self._share(left, self.recipe.n_concepts - number)
            left -= n_names
            preferred, *synonyms = self._names(n_names)
            yield Concept(f"SYN:{number:07d}", preferred, tuple(synonyms))

    def _share(self, n_names: int, n_concepts: int) -> int:
        """The names of the next concept: one and a geometric number, on average its part of what is left."""
        if n_concepts == 1:
            return n_names
        more = n_names / n_concepts - 1
        drawn = 1
        while drawn <= n_names - n_concepts and self._dice.random() < more / (1 + more):
            drawn += 1
        return drawn

    def _names(self, n: int) -> list[str]:
        is_relative = self._recent and self._dice.random() < self.recipe.relatives
        model = self._modified if is_relative else self._model_words
        first = self._distinct(model, self._recent[self._dice.below(len(self._recent))] if is_relative else [])
        if not is_relative:  # or relatives of relatives would grow and grow
            self._remember(first)
        ways = [self._ways[self._dice.below(len(self._ways))] for _ in range(n - 1)]
        return [" ".join(words) for words in (first, *(self._distinct(way, first) for way in ways))]

    def _distinct(self, way: Callable[[list[str]], list[str]], words: list[str]) -> list[str]:
        """A name that was not there before. Of one that was, a word becomes a new one, which leaves its length; where
        that does not help (hardly any words to make them of), new words stand behind it."""
        name = way(words)
        for tries in count():
            if self._is_new(name):
                return name
            place = self._dice.below(len(name)) if tries < 8 else len(name)
            name = [*name[:place], self._model.new_word(), *name[place + 1 :]]
        raise AssertionError

    def _is_new(self, words: list[str]) -> bool:
        # A digest is smaller than the name; two names with one digest (1 in 10^6 at this size) cost one of them.
        digest = int.from_bytes(blake2b(" ".join(words).encode(), digest_size=8).digest(), "big")
        if digest in self._seen:
            return False
        self._seen.add(digest)
        return True

    def _remember(self, words: list[str]) -> None:
        if len(self._recent) < 1000:
            self._recent.append(words)
        else:
            self._recent[self._dice.below(1000)] = words

    def _model_words(self, _: list[str]) -> list[str]:
        return self._model.words()

    def _turned(self, words: list[str]) -> list[str]:
        """The last words first: "carcinoma renal cell"."""
        cut = 1 + self._dice.below(max(1, len(words) - 1))
        return [*words[cut:], *words[:cut]]

    def _exchanged(self, words: list[str]) -> list[str]:
        """Another word, rather towards the end: related names begin alike."""
        place = max(self._dice.below(len(words)), self._dice.below(len(words)))
        other = self._model.word_behind(words[place - 1] if place else "")
        return [*words[:place], other, *words[place + 1 :]]

    def _modified(self, words: list[str]) -> list[str]:
        dice = self._dice
        if dice.random() < 0.3:
            return [*dice.one(FRONT).split(), *words]
        form = dice.one(BACK)
        letter, part = chr(ord("a") + dice.below(26)), dice.one(PARTS)
        number, word = 1 + dice.below(30), self._model.word_behind("")
        return [*words, *form.format(part=part, number=number, letter=letter, word=word).split()]


def built_in_names(n: int = 20_000) -> list[str]:
    """Names put together from the built-in words, where no real ones are given."""
    dice, names = Dice(0), []
    for _ in range(n):
        made_up = dice.one(HEADS) + dice.one(TAILS)
        front = [dice.one(FRONT)] if dice.random() < 0.4 else []
        back = [dice.one(NOUNS)] if dice.random() < 0.6 else []
        names.append(" ".join([*front, made_up, *back]))
    return sorted(set(names))


def stream(names: Sequence[str], recipe: Recipe) -> Iterator[Concept]:
    """The concepts of a vocabulary made after `names` (normalised; none: the built-in ones)."""
    return Vocabulary(names or built_in_names(), recipe).concepts()
