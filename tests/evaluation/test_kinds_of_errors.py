import pytest
from linker_toys import spelling_pipeline

from angel_spacy.evaluation.errors import KINDS, Answer, answers, examples, kind_of, summary
from angel_spacy.evaluation.run import find_linker
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.records import Article, Mention

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
    every = [Answer(str(i), kind, i == 1, rank, "", "") for i, (kind, rank) in enumerate(ranks)]
    counts = summary(every)
    assert list(counts) == list(KINDS)
    assert counts["short"] == {"n": 3, "wrong": 2, "further_down": 1, "unseen": 1}
    assert counts["not in KB"]["n"] == 0
    assert examples(every, 0) == []
    assert [one.kind for one in examples(every, 1)] == ["own name", "short"]
    assert {one.mention for one in examples(every, 9)} == {"1", "2", "3"}
