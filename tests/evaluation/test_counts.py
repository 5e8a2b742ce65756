import pytest
from judged import KB

from angel_spacy.evaluation.counts import (
    FOUND,
    Counts,
    add_counts,
    count_concepts,
    count_found,
    count_links,
    count_lists,
    count_nil,
)
from angel_spacy.records import Mention


def mention(start, end, label, *ids):
    return Mention("", start, end, label, ids)


def test_links_are_counted_by_mention_and_label():
    gold = [mention(0, 4, "A", "D1"), mention(5, 9, "A", "D2", "D3"), mention(10, 14, "B", "D2"), mention(20, 24, "B")]
    predicted = [
        mention(0, 4, "A", "D1"),  # right
        mention(5, 9, "A", "D3"),  # right: one id of two
        mention(10, 14, "A", "138900"),  # right, but not as a B
        mention(15, 19, "B", "D2"),  # nothing there
        mention(20, 24, "B", "D1"),  # gold is NIL
        mention(30, 34, "A"),  # NIL predicts nothing
    ]
    counts = count_links(gold, predicted, KB)
    assert counts == {"all": Counts(3, 5, 3), "A": Counts(2, 3, 2), "B": Counts(0, 2, 1)}
    assert counts["all"].table() == {"p": 3 / 5, "r": 1.0, "f": pytest.approx(0.75)}


def test_spans_of_equal_offsets_are_one_mention():
    gold = [mention(0, 4, "A", "D1")]
    predicted = [mention(0, 4, "A", "D1"), mention(0, 4, "B", "D1")]
    assert count_links(gold, predicted, KB)["all"] == Counts(1, 1, 1)


def test_concepts_are_counted_once_a_document():
    gold = [mention(0, 4, "A", "D1"), mention(9, 13, "A", "D1"), mention(20, 24, "A", "D2")]
    counts = count_concepts(gold, [mention(50, 54, "A", "D1"), mention(60, 64, "A", "D3")], KB)
    assert counts["all"] == counts["A"] == Counts(1, 2, 2)


def test_counts_add_up_and_nothing_is_no_division_by_zero():
    total = {}
    add_counts(total, {"A": Counts(1, 2, 3)})
    add_counts(total, {"A": Counts(1, 1, 1), "B": Counts()})
    assert total == {"A": Counts(2, 3, 4), "B": Counts()}
    assert Counts().table() == {"p": 0.0, "r": 0.0, "f": 0.0}


def test_nil_is_right_where_the_kb_lacks_the_concept():
    known, unknown = mention(0, 4, "A", "D1"), mention(5, 9, "A", "X:1")
    links = [(known, True), (known, False), (unknown, False), (unknown, True), (unknown, False)]
    assert count_nil(links, KB) == Counts(right=2, predicted=3, gold=3)


def test_ids_of_lists():
    several, one = mention(0, 4, "A", "D1", "D2"), mention(5, 9, "A", "D1")
    links = [(several, ("D1", "D2")), (several, ("138900",)), (one, ("D1",)), (one, ("D1", "D2"))]
    counts = count_lists(links, KB)
    assert (counts["n"], counts["exact"], counts["split"]) == (2, 1, 1)
    assert (counts["p"], counts["r"]) == (1.0, 3 / 4)


def test_what_becomes_of_gold_mentions():
    gold = [
        mention(0, 4, "A", "D1"),
        mention(10, 14, "A", "D1"),
        mention(20, 24, "A", "D1"),
        mention(30, 34, "A", "D1"),
        mention(40, 44, "A", "D1"),
        mention(50, 54, "A", "D1"),
        mention(60, 64, "A"),
    ]
    predicted = [
        mention(0, 4, "A", "D1"),
        mention(10, 14, "A", "D2"),
        mention(20, 24, "A"),
        mention(29, 34, "A", "D1"),
        mention(42, 46, "A", "D2"),
        mention(60, 64, "A", "D2"),  # no id is gold: neither right nor spurious
        mention(70, 74, "A", "D2"),
    ]
    assert count_found(gold, predicted, KB) == dict.fromkeys(FOUND, 1)
