"""Where links go wrong: gold mentions by how their words relate to the knowledge base."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spacy.language import Language

from ..component.abbreviations import may_be_short
from ..component.given import GoldLink, batches, link_gold, with_ids
from ..component.linker import AngelLinker
from ..component.mentions import requests
from ..kb import KnowledgeBase
from ..records import Article
from .accuracy import UNSEEN, Judgement, judge
from .relations import NARROWER, SIBLING, WIDER, Hierarchy

KINDS = {
    "not in KB": "no gold id is in the KB",
    "own name": "the words, or the long form, are a name of a gold concept",
    "other's name": "they are a name of other concepts only",
    "short": "no name, at most 6 characters without a space: abbreviations, codes",
    "all words known": "no name, but every word is in some name of a gold concept",
    "some words known": "no name, some words are in names of a gold concept",
    "no words known": "no name, no word is in a name of a gold concept",
}


ERRORS = {
    "not in KB": "no gold id is in the KB",
    "no answer": "NIL, or no candidate",
    "homonym": "a gold concept has the same name as the answer",
    "annotator's choice": "the words are a name of the answer's concept, and of no gold one",
    "abbreviation": "short words that are no name of a gold concept",
    "wrong type": "answer and gold are of different types",
    "too wide": "the answer is above a gold concept",
    "too narrow": "it is below one",
    "sibling": "they have a parent in common",
    "other": "none of these",
}
"""Kinds of wrong first answers (strict), by the first that holds; those of a tree need a hierarchy."""

_IN_TREE = {WIDER: "too wide", NARROWER: "too narrow", SIBLING: "sibling"}


@dataclass(frozen=True)
class Answer:
    """What was answered to one gold mention.

    `kind` is a key of KINDS, `error` one of ERRORS ("" where the answer is right), `rank` that of the first right
    candidate (None: not among them); `seen`: the KB has a training mention of one of its concepts as a name.
    """

    mention: str
    kind: str
    seen: bool
    rank: int | None
    answer: str
    gold_name: str
    error: str = ""
    document: str = ""


def answers(
    nlp: Language, linker: AngelLinker, articles: Iterable[Article], tree: KnowledgeBase | None = None
) -> Iterator[Answer]:
    """One for every mention that carries an id, linked whatever the threshold. `tree`: a KB that gives parents for the
    ids of the linker's; None: its own."""
    hierarchy = Hierarchy(tree or linker.kb)
    for batch in batches(with_ids(articles)):
        for article, (doc, mentions) in zip(batch, link_gold(nlp, linker, batch), strict=True):
            places = [(one.mention.start, one.mention.end, one.mention.label) for one in mentions]
            asked = requests(doc, places, linker.settings)
            for linked, request in zip(mentions, asked, strict=True):
                yield _answer(linked, request.surfaces, linker.kb, hierarchy, article.article_id)


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
    """At most so many wrong answers of each of ERRORS, drawn at random."""
    wrong = {error: [one for one in every if one.error == error] for error in ERRORS}
    return [one for found in wrong.values() for one in random.Random(seed).sample(found, min(n_examples, len(found)))]


def errors(every: Sequence[Answer]) -> dict[str, int]:
    """How many wrong answers of each of ERRORS."""
    counts = Counter(one.error for one in every)
    return {error: counts[error] for error in ERRORS}


def _answer(
    linked: GoldLink, surfaces: Sequence[str], kb: KnowledgeBase, hierarchy: Hierarchy, document: str
) -> Answer:
    mention, candidates = linked.mention, linked.candidates
    judgement = judge(mention, candidates, kb)
    rows = set(kb.rows(mention.concept_ids))
    answer = candidates[0].generated_name if candidates else "(none)"
    gold = kb.concept(min(rows)).name if rows else "|".join(mention.concept_ids)
    kind = kind_of(kb, rows, surfaces)
    error = "" if judgement.strict_rank == 1 else _error(kb, rows, linked, surfaces, judgement, hierarchy)
    return Answer(mention.text, kind, judgement.seen != UNSEEN, judgement.rank, answer, gold, error, document)


def _error(
    kb: KnowledgeBase,
    rows: set[int],
    linked: GoldLink,
    surfaces: Sequence[str],
    judgement: Judgement,
    hierarchy: Hierarchy,
) -> str:
    if not rows:
        return "not in KB"
    if not linked.candidates:
        return "no answer"
    if judgement.rank == 1:
        return "homonym"
    first = linked.candidates[0]
    named = {row for words in surfaces for row in kb.rows_of(words)}
    if kb.resolve(first.concept_id) in named and not named & rows:
        return "annotator's choice"
    if may_be_short(linked.mention.text) and not named & rows:
        return "abbreviation"
    if first.types and judgement.types and set(first.types).isdisjoint(judgement.types):
        return "wrong type"
    answer = kb[first.concept_id]
    relation = hierarchy.relation(linked.mention.concept_ids, (answer.concept_id, *answer.alt_ids))
    return _IN_TREE.get(relation, "other")


def _counts(of_kind: Sequence[Answer]) -> dict[str, int]:
    wrong = [one for one in of_kind if one.rank != 1]
    return {
        "n": len(of_kind),
        "wrong": len(wrong),
        "further_down": sum(one.rank is not None for one in wrong),
        "unseen": sum(not one.seen for one in wrong),
    }
