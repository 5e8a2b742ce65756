"""The candidates of all sources as one ranking."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from typing import Protocol

from ..records import Candidate
from .common_abbreviations import usual_long_form
from .exact import exact_hit
from .generated import Generated
from .questions import Asked, Questions
from .reranking import Step, one_concept_a_group
from .source import Candidates, Request
from .spellings import plain_spelling, spellings


class Ranker(Protocol):
    """Gives each mention asked about its candidates, best first."""

    def rank(self, asked: Questions) -> list[Candidates]:
        """One for each of `asked.mentions`."""


@dataclass(frozen=True)
class Combined:
    """Ranks the concepts for the mentions of documents; a dictionary hit goes in front where `exact_match` says so.

    `exact_match`: "prefer", the hit is the first candidate; "skip", it is the only one, and the generator is not asked;
    "off", hits count only for wordings with letters that the generator never learnt to read. `respell`: a mention
    that is no name is tried in other spellings too; `undefined`: in its usual long form, where it is an abbreviation
    that the text does not define. `gate`: the generator is not asked about a mention that one concept alone has for a
    name. `share_repeats`: mentions of a document with the same wordings and
    label are answered once, as the first of them. `steps`: what then looks at the mentions of a document together.
    """

    generated: Generated
    ranker: Ranker
    n_candidates: int
    exact_match: str = "off"
    respell: bool = True
    undefined: bool = True
    gate: bool = False
    share_repeats: bool = True
    steps: Sequence[Step] = (one_concept_a_group,)
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
        numbers_ = [self._number(request) for request, _ in read]
        prompts = [replace(prompt, restriction=number) for prompt, number in zip(prompts, numbers_, strict=True)]
        return Questions(documents, mentions, answered_by, prompts)

    def answer(self, asked: Questions) -> list[list[Candidates]]:
        """The ranking, then the steps, then hits go in front."""
        ranked = self.ranker.rank(asked)
        of_mentions = iter(asked.answered_by)
        answered = []
        for requests in asked.documents:
            numbers = list(islice(of_mentions, len(requests)))
            own: list[Candidates] = [ranked[i] for i in numbers]
            for step in self.steps:
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
            number: dict[tuple[tuple[str, ...], str, int], int] = {}
            for request in requests:
                like = request.surfaces, request.label, request.among
                at = number.setdefault(like, len(firsts)) if self.share_repeats else None
                if at is None or at == len(firsts):
                    at = len(firsts)
                    firsts.append(request)
                answered_by.append(at)
        return firsts, answered_by

    def _asked(self, request: Request, numbers: Iterator[int]) -> Asked:
        wordings = self._wordings(request)
        hit = self._hit(request, wordings)
        is_known = (hit is not None and self.exact_match == "skip") or (self.gate and self._is_sure(request, wordings))
        read = () if is_known else set(self._read(wordings))
        prompts = tuple(next(numbers) if words in read else None for words in wordings)
        return Asked(request, tuple(wordings), prompts, hit, self._number(request))

    def _wordings(self, request: Request) -> list[str]:
        """The surfaces; where none of them is a name, what the text's abbreviation usually means, or the other
        spellings that are names, or else the plain ones.

        Spelled otherwise is what a name is compared by: the normalised words, whatever form they were written in.
        """
        kb = self.generated.kb
        wordings = [words for words in request.surfaces if any(map(str.isalnum, kb.normalise(words)))]
        if any(self._rows(request, words) for words in wordings):
            return wordings
        usual = self._usual(request) if self.undefined else ""
        if usual or not self.respell:
            return [*wordings, usual] if usual else wordings
        words = list(map(kb.normalise, wordings))
        names = [form for one in words for form in spellings(one) if self._rows(request, form)]
        return [*wordings, *(names or (plain for one in words if (plain := plain_spelling(one)) != one))]

    def _usual(self, request: Request) -> str:
        """The long form of an abbreviation that the text does not define, where that is a name."""
        usual = usual_long_form(request.surfaces[0]) if len(request.surfaces) == 1 else ""
        return usual if usual and self._rows(request, usual) else ""

    def _is_sure(self, request: Request, wordings: Sequence[str]) -> bool:
        """Whether one concept alone is what wordings name; an abbreviation whose long form is given names nothing."""
        own = (words for words in wordings if words != request.short)
        return len({row for words in own for row in self._rows(request, words)}) == 1

    def _read(self, wordings: Sequence[str]) -> Sequence[str]:
        """Those that the generator can read, where there are any."""
        return list(filter(self.generated.generator.prompter.can_read, wordings)) or wordings

    def _number(self, request: Request) -> int:
        return self.generated.restrictions.number(request)

    def _rows(self, request: Request, words: str) -> list[int]:
        """The rows that words name, of those that the label allows."""
        return list(filter(self._fits(request), self.generated.kb.rows_of(words)))

    def _fits(self, request: Request) -> Callable[[int], bool]:
        return partial(self.generated.restrictions.allows, self._number(request))

    def _hit(self, request: Request, wordings: Sequence[str]) -> Candidate | None:
        if self.exact_match == "off":
            can_read = self.generated.generator.prompter.can_read
            wordings = [words for words in wordings if not can_read(words)]
        return exact_hit(wordings, self.generated.kb, self._fits(request))

    def _led_by(self, hit: Candidate, candidates: Candidates) -> list[Candidate]:
        others = [] if self.exact_match == "skip" else candidates
        return [hit, *(one for one in others if one.concept_id != hit.concept_id)][: self.n_candidates]
