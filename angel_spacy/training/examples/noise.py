"""Noise for names: what authors do to a vocabulary's terms."""

from collections.abc import Callable
from random import Random

from ...kb.variants import KINDS as VARIANTS
from ...kb.variants import rewritten

Noise = Callable[[str, Random], str]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_GENERIC = {"disease", "diseases", "syndrome", "disorder", "disorders", "acute", "chronic", "familial", "type", "of"}


def typo(name: str, rng: Random) -> str:
    """One character deleted, doubled, replaced or swapped with its neighbour."""
    if len(name) < 4:
        return name
    i = rng.randrange(len(name) - 1)
    before, here, after = name[:i], name[i : i + 2], name[i + 2 :]
    changed = (here[1], here[0] + here, rng.choice(_LETTERS) + here[1], here[::-1])
    return before + rng.choice(changed) + after


def plural(name: str, rng: Random) -> str:
    """The last word's plural toggled."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith("s") and not name.endswith(("ss", "is", "us")):
        return name[:-1]
    return name[:-1] + "ies" if name.endswith("y") and len(name) > 4 else name + "s"


def word_order(name: str, rng: Random) -> str:
    """The name rotated at a random word: "neoplasms breast" and "breast neoplasms"."""
    words = name.split()
    if len(words) < 2:
        return name
    i = rng.randrange(1, len(words))
    return " ".join(words[i:] + words[:i])


def drop_word(name: str, rng: Random) -> str:
    """One word left out; a generic one where there is one."""
    words = name.split()
    if len(words) < 2:
        return name
    generic = [i for i, word in enumerate(words) if word in _GENERIC]
    del words[rng.choice(generic) if generic else rng.randrange(len(words))]
    return " ".join(words)


def abbreviate(name: str, rng: Random) -> str:
    """The initials of a name of three words or more."""
    words = name.split()
    return "".join(word[0] for word in words) if len(words) > 2 else name


def join_words(name: str, rng: Random) -> str:
    """A space left out, as hyphens are."""
    words = name.split()
    if len(words) < 2:
        return name
    i = rng.randrange(len(words) - 1)
    return " ".join([*words[:i], words[i] + words[i + 1], *words[i + 2 :]])


_WORDS = """
sporadic, familial, hereditary, inherited, congenital, acquired, idiopathic, primary, secondary, recurrent, refractory,
persistent, transient, severe, mild, moderate, advanced, early, late, acute, subacute, chronic, bilateral, unilateral,
left, right, adult, juvenile, infantile, childhood, neonatal, maternal, early onset, late onset, classical, classic,
atypical, typical, isolated, generalized, localized, diffuse, focal, multiple, solitary, human, experimental,
spontaneous, fatal, symptomatic, asymptomatic, progressive, stable, untreated, postoperative, drug induced, treatment
related, new onset, x linked, autosomal dominant, autosomal recessive, low grade, high grade, end stage, non, total,
partial, underlying
"""
_MODIFIERS = tuple(" ".join(word.split()) for word in _WORDS.split(","))
_KINDS_OF_CASES = ("stage", "type", "grade", "group", "class", "subtype")
_NUMBERS = ("i", "ii", "iii", "iv", "1", "2", "3", "a", "b")
_SIGNS = ("positive", "negative", "associated", "related", "induced", "deficient", "mutated", "dependent")


def modified(name: str, rng: Random) -> str:
    """The name with words before or behind it that authors add: "sporadic aniridia", "abc1 negative tumors"."""
    draw = rng.random()
    if draw < 0.55:
        return f"{rng.choice(_MODIFIERS)} {name}"
    if draw < 0.75:
        case = f"{rng.choice(_KINDS_OF_CASES)} {rng.choice(_NUMBERS)}"
        return f"{case} {name}" if rng.random() < 0.6 else f"{name} {case}"
    if draw < 0.9:
        symbol = "".join(rng.choices(_LETTERS, k=rng.randint(2, 5))) + rng.choice(("", "", "1", "2", "53"))
        return f"{symbol} {rng.choice(_SIGNS)} {name}"
    return f"{name} {rng.choice(('disease', 'syndrome', 'disorder', 'symptoms', 'episodes', 'patients', 'attacks'))}"


def inverted(name: str, rng: Random) -> str:
    """ "central nervous system demyelination" as "demyelination of the central nervous system", and back."""
    before, of, behind = name.partition(" of ")
    if of:
        return f"{behind.removeprefix('the ')} {before}"
    *words, last = name.split()
    if not words:
        return name
    return f"{last} {rng.choice(('of', 'of', 'of the', 'in'))} {' '.join(words)}"


_KINDS: tuple[tuple[Noise, int], ...] = (
    (modified, 7),
    (inverted, 3),
    (typo, 5),
    (plural, 4),
    (word_order, 4),
    (drop_word, 4),
    (join_words, 2),
    (abbreviate, 1),
)


def variant(name: str, rng: Random) -> str:
    """One place written otherwise: a Greek letter, a numeral, a British word; the name itself where there is none."""
    places = [place for kind in VARIANTS for place in kind(name)]
    return rewritten(name, [rng.choice(places)]) if places else name


def noisy(name: str, rng: Random) -> str:
    """The name written otherwise in three of ten draws, where it can be; else `name` with one or two kinds of noise."""
    if rng.random() < 0.3 and (other := variant(name, rng)) != name:
        return other
    kinds, weights = zip(*_KINDS, strict=True)
    for kind in rng.choices(kinds, weights, k=1 + (rng.random() < 0.3)):
        name = kind(name, rng)
    return name
