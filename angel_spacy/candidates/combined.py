"""The candidates of all sources as one ranking."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Protocol

from ..records import Candidate
from .exact import exact_hit
from .generated import Generated
from .questions import Asked, Questions
from .reranking import Step, one_concept_a_group
from .source import Candidates, Request
from .spellings import plain_spelling, spellings

STEPS: tuple[Step, ...] = (one_concept_a_group,)


class Ranker(Protocol):
    """Gives each mention asked about its candidates, best first."""

    def rank(self, asked: Questions) -> list[Candidates]:
        """One for each of `asked.mentions`."""


@dataclass(frozen=True)
class Combined:
    """Ranks the concepts for the mentions of documents; a dictionary hit goes in front where `exact_match` says so.

    `exact_match`: "prefer", the hit is the first candidate; "skip", it is the only one, and the generator is not asked;
    "off", hits count only for wordings with letters that the generator never learnt to read. `respell`: a mention
    that is no name is tried in other spellings too. `gate`: the generator is not asked about a mention that one concept
    alone has for a name. `share_repeats`: mentions of a document with the same wordings and
    label are answered once, as the first of them.
    """

    generated: Generated
    ranker: Ranker
    n_candidates: int
    exact_match: str = "off"
    respell: bool = True
    gate: bool = False
    share_repeats: bool = True
    context_words: int | None = None

    def ask(self, documents: Sequence[Sequence[Request]]) -> Questions:
        """The questions about the mentions of each document, and the dictionary's answers."""
        firsts, answered_by = self._firsts(documents)
        numbers = count()
        mentions = [self._asked(request, numbers) for request in firsts]
        read = [(of.request, of.wordings[i]) for of in mentions for i, n in enumerate(of.prompts) if n is not None]
        prompts = self.generated.generator.prompter.prompts(
            [(request.text, request.start, request.end) for request, _ in read],
            surfaces=[words for _, words in read],
            context_words=self.context_words,
        )
        return Questions(documents, mentions, answered_by, prompts)

    def answer(self, asked: Questions) -> list[list[Candidates]]:
        """The ranking, then the steps of `STEPS`, then hits go in front."""
        ranked = self.ranker.rank(asked)
        of_mentions = iter(asked.answered_by)
        answered = []
        for requests in asked.documents:
            numbers = list(islice(of_mentions, len(requests)))
            own: list[Candidates] = [ranked[i] for i in numbers]
            for step in STEPS:
                own = step(requests, own)
            hits = [asked.mentions[i].hit for i in numbers]
            led = zip(own, hits, strict=True)
            answered.append([self._led_by(hit, of) if hit else of for of, hit in led])
        return answered

    def _firsts(self, documents: Sequence[Sequence[Request]]) -> tuple[list[Request], list[int]]:
        """The mentions to ask about; for every mention the number of the one that answers it."""
        firsts: list[Request] = []
        answered_by = []
        for requests in documents:
            number: dict[tuple[tuple[str, ...], str], int] = {}
            for request in requests:
                at = number.setdefault((request.surfaces, request.label), len(firsts)) if self.share_repeats else None
                if at is None or at == len(firsts):
                    at = len(firsts)
                    firsts.append(request)
                answered_by.append(at)
        return firsts, answered_by

    def _asked(self, request: Request, numbers: Iterator[int]) -> Asked:
        wordings = self._wordings(request)
        hit = self._hit(wordings)
        is_known = (hit is not None and self.exact_match == "skip") or (self.gate and self._is_sure(request, wordings))
        read = () if is_known else set(self._read(wordings))
        prompts = tuple(next(numbers) if words in read else None for words in wordings)
        return Asked(request, tuple(wordings), prompts, hit)

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

    def _is_sure(self, request: Request, wordings: Sequence[str]) -> bool:
        """Whether one concept alone is what wordings name; an abbreviation whose long form is given names nothing."""
        kb = self.generated.kb
        return len({row for words in wordings if words != request.short for row in kb.rows_of(words)}) == 1

    def _read(self, wordings: Sequence[str]) -> Sequence[str]:
        """Those that the generator can read, where there are any."""
        return list(filter(self.generated.generator.prompter.can_read, wordings)) or wordings

    def _hit(self, wordings: Sequence[str]) -> Candidate | None:
        if self.exact_match == "off":
            can_read = self.generated.generator.prompter.can_read
            wordings = [words for words in wordings if not can_read(words)]
        return exact_hit(wordings, self.generated.kb)

    def _led_by(self, hit: Candidate, candidates: Candidates) -> list[Candidate]:
        others = [] if self.exact_match == "skip" else candidates
        return [hit, *(one for one in others if one.concept_id != hit.concept_id)][: self.n_candidates]
