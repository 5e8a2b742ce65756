import pytest
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example

from angel_spacy.component.extensions import register_extensions, write_links
from angel_spacy.component.links import Link, LinkedDoc
from angel_spacy.evaluation.accuracy import (
    Counts,
    accuracy_table,
    add_counts,
    bootstrap_interval,
    count_concepts,
    count_links,
    judge,
    score_examples,
)
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.records import Candidate

KB = KnowledgeBase(
    [
        Concept("D1", "gout", ("podagra", "ua")),
        Concept("D2", "fever", alt_ids=("138900",)),
        Concept("D3", "uric acid", ("ua",)),
    ]
)


def candidates(*pairs):
    return [Candidate(concept_id, "", name, 0.5, -1.0) for concept_id, name in pairs]


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


def test_links_are_counted_by_mention_and_label():
    gold = [(0, 4, "A", ("D1",)), (5, 9, "A", ("D2", "D3")), (10, 14, "B", ("D2",)), (20, 24, "B", ())]
    predicted = [
        (0, 4, "A", ("D1",)),  # right
        (5, 9, "A", ("D3",)),  # right: one id of two
        (10, 14, "A", ("138900",)),  # right, but not as a B
        (15, 19, "B", ("D2",)),  # nothing there
        (20, 24, "B", ("D1",)),  # gold is NIL
        (30, 34, "A", ()),  # NIL predicts nothing
    ]
    counts = count_links(gold, predicted, KB)
    assert counts == {"all": Counts(3, 5, 3), "A": Counts(2, 3, 2), "B": Counts(0, 2, 1)}
    assert counts["all"].table() == {"p": 3 / 5, "r": 1.0, "f": pytest.approx(0.75)}


def test_spans_of_equal_offsets_are_one_mention():
    gold = [(0, 4, "A", ("D1",))]
    predicted = [(0, 4, "A", ("D1",)), (0, 4, "B", ("D1",))]
    assert count_links(gold, predicted, KB)["all"] == Counts(1, 1, 1)


def test_concepts_are_counted_once_a_document():
    gold = [(0, 4, "A", ("D1",)), (9, 13, "A", ("D1",)), (20, 24, "A", ("D2",))]
    counts = count_concepts(gold, [(50, 54, "A", ("D1",)), (60, 64, "A", ("D3",))], KB)
    assert counts["all"] == counts["A"] == Counts(1, 2, 2)


def test_counts_add_up_and_nothing_is_no_division_by_zero():
    total = {}
    add_counts(total, {"A": Counts(1, 2, 3)})
    add_counts(total, {"A": Counts(1, 1, 1), "B": Counts()})
    assert total == {"A": Counts(2, 3, 4), "B": Counts()}
    assert Counts().table() == {"p": 0.0, "r": 0.0, "f": 0.0}


# spaCy's examples


def example(gold, predicted, spans_key=None):
    """gold: (start, end, label, kb_id) in tokens; predicted: (start, end, label, candidates)."""
    register_extensions()
    vocab = spacy.blank("en").vocab
    words = [f"w{i}" for i in range(8)]
    truth, doc = Doc(vocab, words=words), Doc(vocab, words=words)
    expected = [Span(truth, start, end, label, kb_id=kb_id) for start, end, label, kb_id in gold]
    spans = [Span(doc, start, end, label) for start, end, label, _ in predicted]
    if spans_key is None:
        truth.ents, doc.ents = expected, spans
    else:
        truth.spans[spans_key], doc.spans[spans_key] = expected, spans
    links = tuple(Link(found[0].concept_id if found else None, tuple(found)) for *_, found in predicted)
    write_links(doc, LinkedDoc(tuple(spans), links), spans_key=spans_key, nil_label="NIL")
    return Example(doc, truth)


GOUT, FEVER = candidates(("D1", "gout")), candidates(("D2", "fever"))


@pytest.mark.parametrize("spans_key", [None, "sc"])
def test_examples_computed_by_hand(spans_key):
    gold = [(0, 1, "A", "D1"), (1, 2, "A", "D9|D2"), (2, 3, "B", "D2"), (3, 4, "B", "D3"), (4, 5, "B", "NIL")]
    predicted = [(0, 1, "A", GOUT), (1, 2, "A", FEVER), (2, 3, "B", GOUT), (4, 5, "B", []), (6, 7, "B", GOUT)]
    scores = score_examples([example(gold, predicted, spans_key)], kb=KB, spans_key=spans_key)
    assert scores["kb_n"] == 4
    assert scores["kb_acc@1"] == scores["kb_acc@1_strict"] == scores["kb_acc@5"] == scores["kb_mrr"] == 2 / 4
    assert (scores["kb_p"], scores["kb_r"], scores["kb_f"]) == (2 / 4, 2 / 4, 0.5)
    per_label = scores["kb_per_label"]
    assert (per_label["A"]["p"], per_label["A"]["r"], per_label["A"]["acc@1"]) == (1.0, 1.0, 1.0)
    assert (per_label["B"]["p"], per_label["B"]["r"], per_label["B"]["acc@1"]) == (0.0, 0.0, 0.0)


def test_a_gold_mention_that_was_not_found_is_wrong():
    scores = score_examples([example([(0, 1, "A", "D1"), (2, 3, "A", "D1")], [(0, 1, "A", GOUT)])], kb=KB)
    assert (scores["kb_acc@1"], scores["kb_p"], scores["kb_r"]) == (0.5, 1.0, 0.5)


def test_below_the_threshold_still_counts_for_the_ranks():
    made = example([(0, 1, "A", "D1")], [(0, 1, "A", GOUT)])
    spans = tuple(made.predicted.ents)
    nil = Link(None, tuple(GOUT), "below")
    write_links(made.predicted, LinkedDoc(spans, (nil,)), spans_key=None, nil_label="NIL")
    scores = score_examples([made], kb=KB)
    assert (scores["kb_acc@1"], scores["kb_p"], scores["kb_r"], scores["kb_f"]) == (1.0, 0.0, 0.0, 0.0)


def test_scoring_leaves_the_docs_alone():
    made = example([(0, 1, "A", "D1"), (2, 3, "A", "D1")], [(0, 1, "A", GOUT)])
    before = made.predicted.to_bytes(), made.reference.to_bytes()
    score_examples([made], kb=KB)
    assert (made.predicted.to_bytes(), made.reference.to_bytes()) == before


def test_no_examples():
    scores = score_examples([], kb=KB)
    assert (scores["kb_n"], scores["kb_acc@1"], scores["kb_f"], scores["kb_per_label"]) == (0, 0, 0, {})


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
