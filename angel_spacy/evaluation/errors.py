"""Where links go wrong: gold mentions by how their words relate to the knowledge base."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spacy.language import Language

from ..component.given import GoldLink, batches, link_gold, with_ids
from ..component.linker import AngelLinker
from ..component.mentions import requests
from ..kb import KnowledgeBase
from ..records import Article
from .accuracy import UNSEEN, judge

KINDS = {
    "not in KB": "no gold id is in the KB",
    "own name": "the words, or the long form, are a name of a gold concept",
    "other's name": "they are a name of other concepts only",
    "short": "no name, at most 6 characters without a space: abbreviations, codes",
    "all words known": "no name, but every word is in some name of a gold concept",
    "some words known": "no name, some words are in names of a gold concept",
    "no words known": "no name, no word is in a name of a gold concept",
}


@dataclass(frozen=True)
class Answer:
    """What was answered to one gold mention.

    `kind` is a key of KINDS, `rank` that of the first right candidate (None: not among them); `seen`: the KB has a
    training mention of one of its concepts as a name.
    """

    mention: str
    kind: str
    seen: bool
    rank: int | None
    answer: str
    gold_name: str


def answers(nlp: Language, linker: AngelLinker, articles: Iterable[Article]) -> Iterator[Answer]:
    """One for every mention that carries an id, linked whatever the threshold."""
    for batch in batches(with_ids(articles)):
        for doc, mentions in link_gold(nlp, linker, batch):
            places = [(one.mention.start, one.mention.end, one.mention.label) for one in mentions]
            asked = requests(doc, places, linker.settings)
            for linked, request in zip(mentions, asked, strict=True):
                yield _answer(linked, request.surfaces, linker.kb)


def kind_of(kb: KnowledgeBase, rows: set[int], surfaces: Sequence[str]) -> str:
    """The key of KINDS for a mention of the concepts in `rows`, in each of its wordings."""
    if not rows:
        return "not in KB"
    named = {row for words in surfaces for row in kb.rows_of(words)}
    if named:
        return "own name" if named & rows else "other's name"
    forms = [kb.normalise(words) for words in surfaces]
    if all(len(form) <= 6 and " " not in form for form in forms):
        return "short"
    known = {word for row in rows for name in kb.concept(row).names for word in kb.normalise(name).split()}
    best = max(sum(word in known for word in form.split()) / max(1, len(form.split())) for form in forms)
    return "all words known" if best == 1 else "some words known" if best > 0 else "no words known"


def summary(every: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """Of each kind: mentions (`n`), `wrong` ones, those of them with a right candidate further down (`further_down`),
    and those of concepts without a training mention (`unseen`)."""
    return {kind: _counts([one for one in every if one.kind == kind]) for kind in KINDS}


def examples(every: Sequence[Answer], n_examples: int, *, seed: int = 0) -> list[Answer]:
    """At most so many wrong answers of each kind, drawn at random."""
    wrong = {kind: [one for one in every if one.kind == kind and one.rank != 1] for kind in KINDS}
    return [one for found in wrong.values() for one in random.Random(seed).sample(found, min(n_examples, len(found)))]


def _answer(linked: GoldLink, surfaces: Sequence[str], kb: KnowledgeBase) -> Answer:
    mention, candidates = linked.mention, linked.candidates
    judgement = judge(mention, candidates, kb)
    rows = set(kb.rows(mention.concept_ids))
    answer = candidates[0].generated_name if candidates else "(none)"
    gold = kb.concept(min(rows)).name if rows else "|".join(mention.concept_ids)
    return Answer(mention.text, kind_of(kb, rows, surfaces), judgement.seen != UNSEEN, judgement.rank, answer, gold)


def _counts(of_kind: Sequence[Answer]) -> dict[str, int]:
    wrong = [one for one in of_kind if one.rank != 1]
    return {
        "n": len(of_kind),
        "wrong": len(wrong),
        "further_down": sum(one.rank is not None for one in wrong),
        "unseen": sum(not one.seen for one in wrong),
    }
