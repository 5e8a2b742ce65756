import pytest
from judged import KB, candidates

from angel_spacy.evaluation.accuracy import accuracy_table, bootstrap_interval, judge, judge_found
from angel_spacy.records import LinkedMention, Mention


def test_strict_wants_the_chosen_concept_and_lenient_any_of_its_name():
    found = judge("X", ["D3"], candidates(("D1", "ua"), ("D3", "ua")), KB)
    assert (found.rank, found.strict_rank) == (1, 2)
    found = judge("X", ["D3"], candidates(("D1", "gout"), ("D3", "uric acid")), KB)
    assert (found.rank, found.strict_rank) == (2, 2)


def test_alternative_ids_and_prefixes_are_the_same_concept():
    for gold in ("D2", "MESH:D2", "mesh:D2", "138900", "OMIM:138900"):
        found = judge("X", [gold], candidates(("D2", "fever")), KB)
        assert (found.linkable, found.rank, found.strict_rank) == (True, 1, 1)


def test_one_id_of_a_composite_is_enough():
    assert judge("X", ["D9", "D2"], candidates(("D2", "fever")), KB).strict_rank == 1


def test_what_is_not_there_has_no_rank():
    assert judge("X", ["D1"], [], KB).rank is None
    unknown = judge("X", ["D9"], candidates(("D1", "gout")), KB)
    assert (unknown.linkable, unknown.rank) == (False, None)


def test_the_table_computed_by_hand():
    judgements = [
        judge("A", ["D1"], candidates(("D1", "gout")), KB),  # rank 1, strict 1
        judge("A", ["D3"], candidates(("D1", "ua"), ("D3", "ua")), KB),  # 1, 2
        judge("B", ["D2"], candidates(("D1", "gout"), ("D2", "fever")), KB),  # 2, 2
        judge("B", ["D2"], candidates(*[("D1", "gout")] * 5, ("D2", "fever")), KB),  # 6, 6
        judge("B", ["D9"], candidates(("D1", "gout")), KB),  # not linkable
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
    assert bootstrap_interval([True, False] * 50, seed=3) == bootstrap_interval([True, False] * 50, seed=3)
    assert bootstrap_interval([True] * 9, seed=0) == [1.0, 1.0]


def test_mentions_of_concepts_without_a_training_mention_have_a_line_of_their_own():
    kb = KB.with_aliases([("the goutish", ("D1",))])
    judged = [
        judge("A", ["D1"], candidates(("D1", "gout")), kb),
        judge("A", ["D2"], candidates(("D2", "fever")), kb),
        judge("A", ["D3"], candidates(("D2", "fever")), kb),
        judge("A", ["D9"], [], kb),  # the KB cannot name it
    ]
    table = accuracy_table(judged)
    assert (table["n_unseen"], table["acc@1_unseen"], table["n_linkable"]) == (2, 0.5, 3)
    assert "n_unseen" not in accuracy_table(judged[1:])


def test_a_gold_mention_is_judged_by_what_was_found_at_its_offsets():
    gold = [Mention("", 0, 4, "A", ("D1",)), Mention("", 5, 9, "A", ("D2",)), Mention("", 10, 12, "A")]
    found = [LinkedMention(Mention("", 0, 4, "B"), tuple(candidates(("D1", "gout"))))]
    judged = judge_found(gold, found, KB)
    assert [(one.label, one.rank) for one in judged] == [("A", 1), ("A", None)]
