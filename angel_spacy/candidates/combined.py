"""The candidates of the generator and those of the dictionary as one ranking."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

from ..records import Candidate, Prompt
from .exact import exact_hit
from .generated import Generated
from .reranking import Step, one_concept_a_group, score_of
from .settings import Search
from .source import Candidates, Request
from .spellings import plain_spelling, spellings

STEPS: tuple[Step, ...] = (one_concept_a_group,)


@dataclass(frozen=True)
class Questions:
    """The mentions of some documents, numbered through, and what the generator is asked about them.

    documents  the mentions, document by document
    hits       for each mention the concept that its wording is a name of; None where there is none, or none is wanted
    prompts    one for each wording that the generator is to read
    mention_of the number of each prompt's mention
    """

    documents: Sequence[Sequence[Request]]
    hits: Sequence[Candidate | None]
    prompts: Sequence[Prompt]
    mention_of: Sequence[int]


@dataclass(frozen=True)
class Combined:
    """Ranks the generator's concepts; a dictionary hit goes in front of them where `exact_match` says so.

    `exact_match`: "prefer", the hit is the first candidate; "skip", it is the only one, and the generator is not asked;
    "off", hits count only for wordings with letters that the generator never learnt to read. `respell`: a mention
    that is no name is tried in other spellings too.
    """

    generated: Generated
    search: Search
    n_candidates: int
    exact_match: str = "off"
    respell: bool = True
    context_words: int | None = None

    def ask(self, documents: Sequence[Sequence[Request]]) -> Questions:
        """The questions about the mentions of each document, and the dictionary's answers."""
        requests = list(chain.from_iterable(documents))
        wordings = list(map(self._wordings, requests))
        hits = [self._hit(of) for of in wordings]
        skips = self.exact_match == "skip"
        tried = [(i, words) for i, of in enumerate(wordings) for words in self._read(of) if not (skips and hits[i])]
        prompts = self.generated.generator.prompter.prompts(
            [(requests[i].text, requests[i].start, requests[i].end) for i, _ in tried],
            surfaces=[words for _, words in tried],
            context_words=self.context_words,
        )
        return Questions(documents, hits, prompts, [i for i, _ in tried])

    def answer(self, asked: Questions) -> list[list[Candidates]]:
        """The wording with the best scored first concept wins, the steps of `STEPS` follow, then hits go in front."""
        found, hits = iter(self._best_wordings(asked)), iter(asked.hits)
        answered = []
        for requests in asked.documents:
            own: list[Candidates] = list(islice(found, len(requests)))
            for step in STEPS:
                own = step(requests, own)
            led = zip(own, islice(hits, len(requests)), strict=True)
            answered.append([_led_by(hit, of)[: self.n_candidates] if hit else of for of, hit in led])
        return answered

    def _wordings(self, request: Request) -> list[str]:
        """The surfaces; where none of them is a name, the other spellings that are names, or else the plain ones.

        Spelled otherwise is what a name is compared by: the normalised words, whatever form they were written in.
        """
        kb = self.generated.kb
        wordings = [words for words in request.surfaces if any(map(str.isalnum, kb.normalise(words)))]
        if not self.respell or any(map(kb.rows_of, wordings)):
            return wordings
        words = list(map(kb.normalise, wordings))
        names = [form for one in words for form in spellings(one) if kb.rows_of(form)]
        return [*wordings, *(names or (plain for one in words if (plain := plain_spelling(one)) != one))]

    def _read(self, wordings: Sequence[str]) -> Sequence[str]:
        """Those that the generator can read, where there are any."""
        return list(filter(self.generated.generator.prompter.can_read, wordings)) or wordings

    def _hit(self, wordings: Sequence[str]) -> Candidate | None:
        if self.exact_match == "off":
            can_read = self.generated.generator.prompter.can_read
            wordings = [words for words in wordings if not can_read(words)]
        return exact_hit(wordings, self.generated.kb)

    def _best_wordings(self, asked: Questions) -> list[Candidates]:
        best: list[Candidates] = [()] * len(asked.hits)
        answers = self.generated.candidates(asked.prompts, self.search, n_candidates=self.n_candidates)
        for i, candidates in zip(asked.mention_of, answers, strict=True):
            if score_of(candidates) > score_of(best[i]):
                best[i] = candidates
        return best


def _led_by(hit: Candidate, candidates: Candidates) -> list[Candidate]:
    return [hit, *(candidate for candidate in candidates if candidate.concept_id != hit.concept_id)]
