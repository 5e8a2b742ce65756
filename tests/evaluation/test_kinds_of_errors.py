import pytest
from linker_toys import spelling_pipeline

from angel_spacy.component.given import GoldLink
from angel_spacy.component.links import Link
from angel_spacy.evaluation import errors as module
from angel_spacy.evaluation.errors import ERRORS, KINDS, Answer, answers, errors, examples, kind_of, summary
from angel_spacy.evaluation.run import find_linker
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.records import Article, Candidate, Mention

KB = KnowledgeBase([Concept("D1", "Gouty arthritis", ("podagra",)), Concept("D2", "Fever")])


@pytest.mark.parametrize(
    ("rows", "surfaces", "kind"),
    [
        (set(), ["gout"], "not in KB"),
        ({0}, ["Podagra"], "own name"),
        ({0}, ["fever"], "other's name"),
        ({0}, ["GA", "gouty arthritis"], "own name"),
        ({0}, ["ga"], "short"),
        ({0}, ["arthritis, gouty"], "all words known"),
        ({0}, ["gouty feet"], "some words known"),
        ({0}, ["painful feet"], "no words known"),
        ({0}, ["?"], "short"),
    ],
)
def test_a_mention_is_told_by_its_words(rows, surfaces, kind):
    assert kind_of(KB, rows, surfaces) == kind


def test_every_gold_mention_with_an_id_is_answered():
    nlp, text = spelling_pipeline(), "gout, fever, pyrexia"
    places = [(0, 4, ("D006073",)), (6, 11, ("D001241",)), (13, 20, ("X:1",)), (13, 20, ())]
    mentions = tuple(Mention(text[i:j], i, j, "", ids) for i, j, ids in places)
    right, wrong, unknown = answers(nlp, find_linker(nlp), [Article("1", "", text, mentions)])
    assert (right.kind, right.rank, right.answer, right.gold_name) == ("own name", 1, "gout", "Gout")
    assert (wrong.mention, wrong.kind, wrong.answer, wrong.gold_name) == ("fever", "other's name", "fever", "Aspirin")
    assert wrong.rank > 1
    assert (unknown.kind, unknown.rank, unknown.gold_name) == ("not in KB", None, "X:1")


def test_kinds_are_counted_and_examples_are_wrong_ones():
    ranks = [("short", 1), ("short", 3), ("short", None), ("own name", 2)]
    wrong = ["", "other", "other", "homonym"]
    every = [Answer(str(i), kind, i == 1, rank, "", "", wrong[i]) for i, (kind, rank) in enumerate(ranks)]
    counts = summary(every)
    assert list(counts) == list(KINDS)
    assert counts["short"] == {"n": 3, "wrong": 2, "further_down": 1, "unseen": 1}
    assert counts["not in KB"]["n"] == 0
    assert errors(every) == {**dict.fromkeys(ERRORS, 0), "homonym": 1, "other": 2}
    assert examples(every, 0) == []
    assert [one.error for one in examples(every, 1)] == ["homonym", "other"]
    assert {one.mention for one in examples(every, 9)} == {"1", "2", "3"}


CANCERS = [
    Concept("D1", "Neoplasm", types=("Disease",)),
    Concept("D2", "Breast cancer", ("mamma tumor",), types=("Disease",), parents=("D1",)),
    Concept("D3", "Lung cancer", ("mamma tumor", "tumor x"), types=("Disease",), parents=("D1",)),
    Concept("D4", "Cancer crab", types=("Organism",)),
    Concept("D5", "Gout", types=("Disease",)),
]


@pytest.mark.parametrize(
    ("words", "gold", "answer", "error"),
    [
        ("mamma", "X:1", "D2", "not in KB"),
        ("mamma", "D2", None, "no answer"),
        ("mamma tumor", "D2", ("D3", "mamma tumor"), "homonym"),
        ("tumor x", "D2", "D3", "annotator's choice"),
        ("BC", "D2", "D5", "abbreviation"),
        ("cancers", "D2", "D4", "wrong type"),
        ("cancers", "D2", "D1", "too wide"),
        ("cancers", "D1", "D2", "too narrow"),
        ("cancers", "D2", "D3", "sibling"),
        ("cancers", "D2", "D5", "other"),
        ("cancers", "D2", "D2", ""),
    ],
)
def test_what_is_wrong_with_an_answer(words, gold, answer, error, monkeypatch):
    kb = KnowledgeBase(CANCERS)
    concept_id, name = answer if isinstance(answer, tuple) else (answer, "")
    candidates = ()
    if concept_id:
        concept = kb[concept_id]
        name = name or kb.normalise(concept.name)
        candidates = (Candidate(concept_id, concept.name, name, 0.9, -0.1, concept.types),)
    link = Link((concept_id,) if concept_id else (), candidates)
    mention = Mention(words, 0, len(words), "", (gold,))
    nlp = spelling_pipeline(KnowledgeBase(CANCERS))
    monkeypatch.setattr(module, "link_gold", lambda *_: [(nlp.make_doc(words), [GoldLink(mention, link)])])
    (found,) = answers(nlp, find_linker(nlp), [Article("7", "", words, (mention,))])
    assert (found.error, found.document) == (error, "7")
