import pytest
from judged import KB, candidates

from angel_spacy.evaluation.accuracy import accuracy_per_type, accuracy_table, bootstrap_interval, judge, judge_found
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.records import LinkedMention, Mention


def gold(label, ids, text=""):
    return Mention(text, 0, len(text), label, tuple(ids))


def test_strict_wants_the_chosen_concept_and_lenient_any_of_its_name():
    found = judge(gold("X", ["D3"]), candidates(("D1", "ua"), ("D3", "ua")), KB)
    assert (found.rank, found.strict_rank) == (1, 2)
    found = judge(gold("X", ["D3"]), candidates(("D1", "gout"), ("D3", "uric acid")), KB)
    assert (found.rank, found.strict_rank) == (2, 2)


def test_alternative_ids_and_prefixes_are_the_same_concept():
    for one in ("D2", "MESH:D2", "mesh:D2", "138900", "OMIM:138900"):
        found = judge(gold("X", [one]), candidates(("D2", "fever")), KB)
        assert (found.linkable, found.rank, found.strict_rank) == (True, 1, 1)


def test_one_id_of_a_composite_is_enough():
    assert judge(gold("X", ["D9", "D2"]), candidates(("D2", "fever")), KB).strict_rank == 1


def test_what_is_not_there_has_no_rank():
    assert judge(gold("X", ["D1"]), [], KB).rank is None
    unknown = judge(gold("X", ["D9"]), candidates(("D1", "gout")), KB)
    assert (unknown.linkable, unknown.rank) == (False, None)


def test_the_table_computed_by_hand():
    judgements = [
        judge(gold("A", ["D1"]), candidates(("D1", "gout")), KB),  # rank 1, strict 1
        judge(gold("A", ["D3"]), candidates(("D1", "ua"), ("D3", "ua")), KB),  # 1, 2
        judge(gold("B", ["D2"]), candidates(("D1", "gout"), ("D2", "fever")), KB),  # 2, 2
        judge(gold("B", ["D2"]), candidates(*[("D1", "gout")] * 5, ("D2", "fever")), KB),  # 6, 6
        judge(gold("B", ["D9"]), candidates(("D1", "gout")), KB),  # not linkable
    ]
    table = accuracy_table(judgements)
    assert (table["n"], table["n_linkable"]) == (5, 4)
    assert table["acc@1"] == 2 / 5
    assert table["acc@1_strict"] == 1 / 5
    assert table["acc@5"] == 3 / 5
    assert table["mrr"] == pytest.approx((1 + 1 + 1 / 2 + 1 / 6) / 5)
    assert table["acc@1_linkable"] == 2 / 4
    assert table["mrr_linkable"] == pytest.approx((1 + 1 + 1 / 2 + 1 / 6) / 4)
    low, high = table["acc@1_ci95"]
    assert 0 <= low < 0.4 < high <= 1
    assert accuracy_table([])["acc@1"] == 0


def test_the_interval_is_the_same_for_the_same_seed_and_nothing_for_certainty():
    right, alone = [True, False] * 50, [None] * 100
    assert bootstrap_interval(right, alone, seed=3) == bootstrap_interval(right, alone, seed=3)
    assert bootstrap_interval([True] * 9, [None] * 9, seed=0) == [1.0, 1.0]


def test_the_interval_is_over_documents():
    right = [True] * 50 + [False] * 50
    low, high = bootstrap_interval(right, ["a"] * 50 + ["b"] * 50, seed=0)
    assert (low, high) == (0.0, 1.0)  # either document may be drawn twice
    low, high = bootstrap_interval(right, [None] * 100, seed=0)
    assert 0.35 < low < 0.45 < 0.55 < high < 0.65


def test_what_training_mentions_show_has_a_line_each():
    kb = KB.with_aliases([("the goutish", ("D1",)), ("hot", ("D2",))])
    judged = [
        judge(gold("A", ["D1"], "The Goutish"), candidates(("D1", "gout")), kb),
        judge(gold("A", ["D2"], "goutish"), candidates(("D2", "fever")), kb),
        judge(gold("A", ["D2"], "the goutish"), candidates(("D1", "fever")), kb),  # seen with another concept
        judge(gold("A", ["D3"], "hot"), candidates(("D2", "hot")), kb),
        judge(gold("A", ["D9"], "hot"), [], kb),  # the KB cannot name it
    ]
    table = accuracy_table(judged)["seen"]
    assert {name: (of["n"], of["acc@1_strict"]) for name, of in table.items()} == {
        "seen string": (1, 1.0),
        "seen concept": (2, 0.5),
        "unseen": (1, 0.0),
    }
    assert "seen" not in accuracy_table([judge(gold("A", ["D1"], "gout"), [], KB)])


def test_names_and_other_words_distinct_mentions_and_documents():
    right, wrong = candidates(("D1", "gout")), candidates(("D2", "fever"))
    judged = [
        *[judge(gold("A", ["D1"], "GOUT"), right, KB, "a")] * 3,
        judge(gold("A", ["D1"], "gout"), wrong, KB, "b"),
        judge(gold("A", ["D1"], "toe pain"), wrong, KB, "b"),
    ]
    table = accuracy_table(judged)
    assert {name: (of["n"], of["acc@1"]) for name, of in table["named"].items()} == {
        "exact": (4, 0.75),
        "inexact": (1, 0.0),
    }
    assert (table["unique"]["n"], table["unique"]["acc@1"]) == (2, (0.75 + 0) / 2)
    assert (table["per_document"]["n"], table["per_document"]["acc@1"]) == (2, 0.5)


def test_accuracy_of_each_type_of_concept():
    kb = KnowledgeBase([Concept("D1", "gout", types=("T1", "T2")), Concept("D2", "fever", types=("T1",))])
    found = candidates(("D1", "gout"))
    judged = [judge(gold("A", [one]), found, kb) for one in ("D1", "D1", "D2", "D7")]
    table = accuracy_per_type(judged)
    assert {one: (of["n"], of["acc@1"]) for one, of in table.items()} == {"T1": (3, 2 / 3), "T2": (2, 1.0)}
    assert list(accuracy_per_type(judged, most=1)) == ["T1"]


def test_a_gold_mention_is_judged_by_what_was_found_at_its_offsets():
    asked = [Mention("", 0, 4, "A", ("D1",)), Mention("", 5, 9, "A", ("D2",)), Mention("", 10, 12, "A")]
    found = [LinkedMention(Mention("", 0, 4, "B"), tuple(candidates(("D1", "gout"))))]
    judged = judge_found(asked, found, KB)
    assert [(one.label, one.rank) for one in judged] == [("A", 1), ("A", None)]
