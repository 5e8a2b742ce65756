"""Two ways to rank the concepts of mentions: by the generator alone, or by all that speaks for them."""

from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from math import log
from operator import attrgetter

import numpy as np

from ..errors import ConfigError
from ..records import Candidate, Prompt
from .evidence import FEATURES, Evidence, Gatherer, Wording, Written
from .generated import Generated, SpelledName
from .questions import Asked, Questions
from .reranking import best_of_group, score_of
from .restriction import ANY
from .settings import Search
from .similar import Near, SimilarNames
from .source import Candidates
from .weights import EvidenceWeights

_score = attrgetter("score")

N_NEAR = 10  # nearest names of a wording that are looked at

Nearest = Mapping[tuple[str, int], Near]  # of a wording and the restriction that its mention obeys


@dataclass(frozen=True)
class BestWording:
    """The generator's own ranking: of a mention's wordings the one with the best scored first concept."""

    generated: Generated
    search: Search
    n_candidates: int

    def rank(self, asked: Questions) -> list[Candidates]:
        """Scores are mean log-probabilities of a name's tokens."""
        answers = self.generated.candidates(asked.prompts, self.search, n_candidates=self.n_candidates)
        found = [[answers[i] for i in of.prompts if i is not None] for of in asked.mentions]
        return [max(of, key=score_of, default=()) for of in found]


@dataclass(frozen=True)
class Explanation:
    """A candidate, its `evidence` (see `evidence.FEATURES`), and what each piece adds to its score: value times weight.

    Probabilities are the softmax of the scores of all concepts and NIL.
    """

    candidate: Candidate
    evidence: dict[str, float]
    parts: dict[str, float]


@dataclass(frozen=True)
class Contrast:
    """Why a concept is not the answer: it and the `winner`, with the evidence for each; the name of each that the
    generator likes best, token by token; and the number of the first token in which these differ."""

    concept: Explanation
    winner: Explanation
    name: SpelledName
    winner_name: SpelledName
    diverges_at: int


@dataclass(frozen=True)
class Weighed:
    """All concepts that the generator or the name encoder proposes, by the weighed evidence for them.

    `sure`: the generator is not asked about a mention one of whose concepts has at least this probability without it;
    None: it is asked about every one that comes with a prompt.
    """

    generated: Generated
    similar: SimilarNames
    weights: EvidenceWeights
    search: Search
    n_candidates: int
    rescore: bool = False
    sure: float | None = None

    def rank(self, asked: Questions) -> list[Candidates]:
        """Probabilities of a mention's concepts and NIL sum to 1; scores are their logarithms."""
        return [[candidate for candidate, _ in self._ranked(evidence)] for evidence in self.evidence(asked)]

    def explain(self, asked: Questions) -> list[list[list[Explanation]]]:
        """The candidates of each mention of each document with what each piece of evidence adds to their score; those
        of the mention that answers for it, where another one does."""
        explained = [
            [self._explanation(candidate, of, i) for candidate, i in self._ranked(of)] for of in self.evidence(asked)
        ]
        of_mentions = iter(asked.answered_by)
        found = []
        for requests in asked.documents:
            own = [explained[i] for i in islice(of_mentions, len(requests))]
            best = best_of_group(requests, [[one.candidate for one in of] for of in own])
            found.append([own[i] for i in best])
        return found

    def contrast(self, asked: Questions, row: int) -> Contrast:
        """The concept in a row beside the one that is ranked first, for the first mention, all whose wordings have a
        prompt. Raises ConfigError where the label does not allow the concept, or no name of it can be written."""
        of = asked.mentions[asked.answered_by[0]]
        evidence = replace(self, sure=None).evidence(asked, also=[row])[asked.answered_by[0]]
        if row not in evidence.rows:
            raise ConfigError(f"{self.generated.kb.concept(row).concept_id} is not what a {of.request.label} may be.")
        ranked = replace(self, n_candidates=len(evidence.rows))._ranked(evidence)
        shown = next(pair for pair in ranked if evidence.rows[pair[1]] == row), ranked[0]
        own, winner = (self._explanation(candidate, evidence, i) for candidate, i in shown)
        name, winner_name = (self._best_spelled(asked, of, evidence.rows[i]) for _, i in shown)
        pairs = zip(name.tokens, winner_name.tokens, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return Contrast(own, winner, name, winner_name, diverges_at=same)

    def _best_spelled(self, asked: Questions, of: Asked, row: int) -> SpelledName:
        """The name of a concept that the generator likes best, after the wording where it likes it best."""
        names = self.generated.kb.names()
        numbers = [bisect_left(names, name) for name in self.generated.kb.names_of(row)]
        leaves = [leaf for leaf in self.generated.index.leaf_of[numbers].tolist() if leaf >= 0]
        prompts = [asked.prompts[number] for number in of.prompts if number is not None]
        if not leaves or not prompts:
            raise ConfigError("The generator can write no name of this concept, or cannot read the mention.")
        return max((one for own in self.generated.spelled(prompts, leaves, self.search) for one in own), key=_score)

    def evidence(self, asked: Questions, *, also: Sequence[int] = ()) -> list[Evidence]:
        """What speaks for the concepts of each mention, and for those in the rows `also`."""
        normalise = self.generated.kb.normalise
        words = [[normalise(form) for form in of.wordings] for of in asked.mentions]
        near = self._near(asked, words)
        if also:
            near = {key: self._with_names(one, also) for key, one in near.items()}
        gatherer = Gatherer(self.similar, self.generated.restrictions)
        unread = self._sure_unread(asked, words, near, gatherer)
        written = self._written(asked, words, near, unread)
        return [
            unread[i] if i in unread else gatherer.gather(of.request, self._wordings(of, forms, written, near))
            for i, (of, forms) in enumerate(zip(asked.mentions, words, strict=True))
        ]

    def _near(self, asked: Questions, words: Sequence[Sequence[str]]) -> Nearest:
        """The nearest names of every wording, of those that its mention's label allows."""
        restrictions = self.generated.restrictions
        of_number: dict[int, dict[str, None]] = {}
        for of, forms in zip(asked.mentions, words, strict=True):
            of_number.setdefault(of.restriction, {}).update(dict.fromkeys(forms))
        found: dict[tuple[str, int], Near] = {}
        for number, forms_ in of_number.items():
            allowed = None if number == ANY else restrictions.of_names(self.similar.rows()) >> number & 1 != 0
            near = self.similar.nearest(list(forms_), N_NEAR, allowed)
            found.update(((form, number), one) for form, one in zip(forms_, near, strict=True))
        return found

    def _with_names(self, near: Near, rows: Sequence[int]) -> Near:
        """What is near and the names of these rows."""
        kb = self.generated.kb
        names, known = kb.names(), set(near.numbers.tolist())
        own = (bisect_left(names, name) for row in rows for name in kb.names_of(row))
        numbers = [number for number in dict.fromkeys(own) if number not in known]
        cosines = self.similar.cosines(near.vector, numbers)
        return Near(np.append(near.numbers, np.array(numbers, np.int64)), np.append(near.cosines, cosines), near.vector)

    def _sure_unread(
        self, asked: Questions, words: Sequence[Sequence[str]], near: Nearest, gatherer: Gatherer
    ) -> dict[int, Evidence]:
        """Number of a mention -> its evidence, for those that are answered well enough without the generator."""
        found: dict[int, Evidence] = {}
        for i, (of, forms) in enumerate(zip(asked.mentions, words, strict=True)):
            if self.sure is not None and any(prompt is not None for prompt in of.prompts):
                nearest = [near[form, of.restriction] for form in forms]
                wordings = [Wording(form, of.is_short(k), (), nearest[k]) for k, form in enumerate(forms)]
                evidence = gatherer.gather(of.request, wordings, was_read=False)
                if self.weights.probabilities(evidence).max(initial=0.0) >= self.sure:
                    found[i] = evidence
        return found

    def _written(
        self, asked: Questions, words: Sequence[Sequence[str]], near: Nearest, unread: Container[int]
    ) -> dict[int, list[Written]]:
        """Number of a prompt, of mentions that are not `unread` -> what the generator writes, and what it thinks of
        the names that are near."""
        leaf_of = self.generated.index.leaf_of
        forms: dict[int, tuple[str, int]] = {
            prompt: (form, of.restriction)
            for i, (of, own) in enumerate(zip(asked.mentions, words, strict=True))
            if i not in unread
            for form, prompt in zip(own, of.prompts, strict=True)
            if prompt is not None
        }
        also: dict[Prompt, list[int]] | None = {} if self.rescore else None
        if also is not None:
            for prompt, form in forms.items():
                leaves = leaf_of[near[form].numbers].tolist()
                also[asked.prompts[prompt]] = [leaf for leaf in leaves if leaf >= 0]
        found = self.generated.hypotheses([asked.prompts[prompt] for prompt in forms], self.search, also=also)
        number = self.generated.index.trie.first_input
        return {
            prompt: [Written(int(number[one.leaf]), one.log_prob, one.n_tokens, one.reached) for one in of]
            for prompt, of in zip(forms, found, strict=True)
        }

    def _wordings(
        self, of: Asked, forms: Sequence[str], written: Mapping[int, Sequence[Written]], near: Nearest
    ) -> list[Wording]:
        made = []
        for i, (form, prompt) in enumerate(zip(forms, of.prompts, strict=True)):
            own = near[form, of.restriction]
            names = self._itself(own, form) if prompt is None else written[prompt]
            made.append(Wording(form, of.is_short(i), names, own))
        return made

    def _itself(self, near: Near, form: str) -> list[Written]:
        """A wording that was not read: where it is a name, the generator would write it."""
        names = self.similar.kb.names()
        own = next((number for number in near.numbers.tolist() if names[number] == form), None)
        number = bisect_left(names, form) if own is None else own  # more than N_NEAR names may have the same words
        return [Written(number, 0.0, 1)] if number < len(names) and names[number] == form else []

    def _explanation(self, candidate: Candidate, evidence: Evidence, i: int) -> Explanation:
        values = evidence.values[i].tolist()
        return Explanation(candidate, dict(zip(FEATURES, values, strict=True)), self.weights.parts(values))

    def _ranked(self, evidence: Evidence) -> list[tuple[Candidate, int]]:
        """Candidates, best first, with their rows of the evidence."""
        probabilities = self.weights.probabilities(evidence)
        order = np.lexsort((np.array(evidence.rows), -probabilities))[: self.n_candidates]
        return [(self._candidate(evidence, i, float(probabilities[i])), i) for i in order.tolist()]

    def _candidate(self, evidence: Evidence, i: int, probability: float) -> Candidate:
        kb = self.generated.kb
        concept = kb.concept(evidence.rows[i])
        return Candidate(
            concept_id=concept.concept_id,
            name=concept.name,
            generated_name=self.generated.index.names[evidence.names[i]],
            probability=probability,
            score=log(max(probability, 1e-300)),
            types=concept.types,
        )
