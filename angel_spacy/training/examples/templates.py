"""Sentences for names that no corpus mentions: our own wordings, filled from definitions and synonyms."""

from collections.abc import Mapping, Sequence
from random import Random
from string import Formatter

from ...objectives.examples import Example
from .synonyms import SynonymPair, Synonyms

# {synonym}: another name of the concept; {definition}: how its definition begins; {other}: a name of another concept.
TEMPLATES = (
    "{mention} remains incompletely understood.",
    "Little is known about the natural history of {mention} outside of referral centres.",
    "We set out to examine {mention} in a consecutive series.",
    "Whether {mention} alters the outcome has not been settled by earlier trials.",
    "To date, reports of {mention} are limited to small and uncontrolled series.",
    "Our findings argue for a closer look at {mention} in routine practice.",
    "In the second group, but not in the first, {mention} was recorded at every visit.",
    "The files of all subjects were searched for {mention}, and two readers checked each hit.",
    "Two thirds of the variance could be explained by {mention} alone.",
    "Animals were observed for twelve weeks, after which {mention} was assessed by a blinded examiner.",
    "OBJECTIVE: to estimate how often {mention} goes unnoticed. METHODS: a survey of nine hospitals.",
    "CONCLUSION: in this population {mention} deserves attention earlier than current guidance suggests.",
    "{mention} was noted together with {other}.",
    "Neither {mention} nor {other} differed between the arms (p = 0.41).",
    "After adjustment for {other}, the association with {mention} was no longer significant.",
    "Of the records reviewed, most concerned {other}; a minority described {mention}.",
    "We compared {other} with {mention} over a follow-up of five years.",
    "A possible link between {other} and {mention} has long been suspected.",
    "{mention}, also known as {synonym}, was first described decades ago.",
    "Here the term {mention} is used in the sense of {synonym}.",
    "Search terms included {synonym} as well as {mention}, without limits of language.",
    "Older papers speak of {synonym}, more recent ones of {mention}.",
    "Cases coded as {synonym} ({mention}) were pooled with those of the registry.",
    "Unlike {other}, {mention} ({synonym}) was seen in both cohorts.",
    "{mention}: {definition}.",
    "By {mention} we mean the following: {definition}.",
    "Background: {definition}. This is the usual picture of {mention}, but exceptions occur.",
    "The label {mention} was given to what textbooks describe as {definition}.",
    "{mention} or {synonym}, that is, {definition}, was the main outcome.",
    "Two entities are easily confused: {other}, and {mention} ({definition}).",
)


class TemplateSource:
    """Synonym pairs as `SynonymSource` draws them, the mention in a sentence (stage 1, positive pre-training)."""

    def __init__(
        self, names: Sequence[Sequence[str]], weights: Sequence[float], definitions: Sequence[str] | None = None
    ) -> None:
        """`names[row]` are a concept's normalised names, `weights[row]` how often it is drawn.

        `definitions[row]` says in words what it is, where that is known.
        """
        self._synonyms = Synonyms(names, weights)
        self._names = names
        self._definitions = definitions or [""] * len(names)
        self._named = [row for row, own in enumerate(names) if own]

    def sample(self, rng: Random) -> Example:
        """A name, noisy or not, in a sentence, and itself or a similar name of the same concept."""
        pair = self._synonyms.draw(rng)
        words = self._words(pair, rng)
        template = rng.choice([template for template, fields in _FIELDS.items() if fields <= words.keys()])
        return fill(template, pair.surface, words, pair.target)

    def _words(self, pair: SynonymPair, rng: Random) -> dict[str, str]:
        """What can stand in a sentence about the pair's concept; the answer itself is not given away."""
        own = self._names[pair.row]
        synonyms = [name for name in own if name not in (pair.name, pair.target)]
        other = rng.choice(self._names[rng.choice(self._named)])
        definition = beginning(self._definitions[pair.row], rng.randrange(5, 30))
        words = {
            "synonym": rng.choice(synonyms) if synonyms else "",
            "other": "" if other in own else other,
            "definition": definition,
        }
        return {field: word for field, word in words.items() if word}


def fill(template: str, surface: str, words: Mapping[str, str], target: str) -> Example:
    """The template's sentence with `surface` as its mention."""
    before, after = (part.format_map(words) for part in template.split("{mention}"))
    return Example(before + surface + after, len(before), len(before) + len(surface), target)


def beginning(definition: str, n_words: int) -> str:
    """At most `n_words` of the first sentence of a definition, without the full stop."""
    sentence = definition.strip().partition(". ")[0]
    return " ".join(sentence.split()[:n_words]).rstrip(" .,;:(")


def _fields(template: str) -> frozenset[str]:
    """What a template needs apart from the mention."""
    return frozenset(field for _, field, _, _ in Formatter().parse(template) if field) - {"mention"}


_FIELDS = {template: _fields(template) for template in TEMPLATES}
