"""Mentions of documents -> what the generator is asked about them; its answers -> one link a mention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from spacy.tokens import Doc

from ..candidates.generated import Linker
from ..candidates.ranking import dictionary_hit
from ..records import Candidate, Prompt
from .extensions import Link
from .mentions import Request, requests
from .settings import Settings


@dataclass(frozen=True)
class Questions:
    """The mentions of some documents, numbered through, and what is asked about them.

    requests  the mentions, document by document
    hits      for each mention the concept that its wording is a name of; None where there is none, or none is wanted
    prompts   one for each wording that the generator is to read
    of        the number of each prompt's mention
    """

    requests: Sequence[Sequence[Request]]
    hits: Sequence[Candidate | None]
    prompts: Sequence[Prompt]
    of: Sequence[int]


def ask(
    linker: Linker, docs: Sequence[Doc], offsets: Sequence[Iterable[tuple[int, int]]], settings: Settings
) -> Questions:
    """The questions about each (start, end) in characters of each Doc. Docs are left as they are."""
    by_doc = [requests(doc, of, expand=settings.abbreviations) for doc, of in zip(docs, offsets, strict=True)]
    asked = [request for of in by_doc for request in of]
    normalise = linker.generator.prompter.normalise
    wordings = [[words for words in request.surfaces if _is_name(normalise(words))] for request in asked]
    matched = settings.exact_match != "off"
    hits = [dictionary_hit(of, linker.kb) if matched else None for of in wordings]
    tried = [
        (i, words) for i, of in enumerate(wordings) for words in of if settings.exact_match != "skip" or hits[i] is None
    ]
    prompts = linker.generator.prompter.prompts(
        [(asked[i].text, asked[i].start, asked[i].end) for i, _ in tried],
        surfaces=[words for _, words in tried],
        context_words=settings.context_window,
    )
    return Questions(by_doc, hits, prompts, [i for i, _ in tried])


def decide(
    questions: Questions,
    answers: Sequence[Sequence[Candidate]],
    link: Callable[[Sequence[Candidate]], Link],
    n_candidates: int,
) -> list[list[Link]]:
    """A link for each mention of each document; `answers` are the candidates of each prompt, `link` judges candidates.

    The wording with the best scored first concept wins, and of the mentions that share a link the best scored one.
    A hit then goes in front of what has won.
    """
    links, hits = iter(_best_wordings(questions, answers, link)), iter(questions.hits)
    decided = []
    for asked in questions.requests:
        won = _one_concept_a_group(asked, list(islice(links, len(asked))))
        led = zip(won, islice(hits, len(asked)), strict=True)
        decided.append([link(_led_by(hit, of.candidates)[:n_candidates]) if hit else of for of, hit in led])
    return decided


def _best_wordings(
    questions: Questions, answers: Sequence[Sequence[Candidate]], link: Callable[[Sequence[Candidate]], Link]
) -> list[Link]:
    best: dict[int, Link] = {}
    for i, candidates in zip(questions.of, answers, strict=True):
        found = link(candidates)
        if i not in best or found.score > best[i].score:
            best[i] = found
    asked = (request for of in questions.requests for request in of)
    return [best.get(i) or _not_tried(request) for i, request in enumerate(asked)]


def _is_name(normalised: str) -> bool:
    return any(map(str.isalnum, normalised))


def _led_by(hit: Candidate, candidates: Iterable[Candidate]) -> list[Candidate]:
    return [hit, *(candidate for candidate in candidates if candidate.concept_id != hit.concept_id)]


def _one_concept_a_group(asked: Sequence[Request], links: Sequence[Link]) -> list[Link]:
    """The links, those of one group replaced by the best scored one (the first of equals)."""
    best: dict[str, Link] = {}
    for request, link in zip(asked, links, strict=True):
        if request.group and (request.group not in best or link.score > best[request.group].score):
            best[request.group] = link
    return [best.get(request.group, link) for request, link in zip(asked, links, strict=True)]


def _not_tried(request: Request) -> Link:
    return Link(
        None, (), "the mention has no letter or digit" if request.surfaces else "the offsets are not in the text"
    )
