import pytest
import spacy
from judged import KB, candidates
from linker_toys import spelling_pipeline
from spacy.tokens import Doc, Span
from spacy.training import Example

from angel_spacy.component.extensions import register_extensions, write_links
from angel_spacy.component.links import Link, LinkedDoc
from angel_spacy.evaluation.run import evaluate_predicted
from angel_spacy.evaluation.scorer import score_examples
from angel_spacy.records import Article, Mention


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
    links = tuple(Link((found[0].concept_id,) if found else (), tuple(found)) for *_, found in predicted)
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
    nil = Link((), tuple(GOUT), "below")
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


def annotated(nlp, text, *links):
    entities = [(start, end, label) for start, end, label, _ in links]
    ids = {(start, end): {kb_id: 1.0} for start, end, _, kb_id in links if kb_id}
    return Example.from_dict(nlp.make_doc(text), {"entities": entities, "links": ids})


def test_nlp_evaluate_gives_the_scores():
    nlp = spelling_pipeline()
    examples = [
        annotated(nlp, "gout and fever", (0, 4, "DISEASE", "D006073"), (9, 14, "DISEASE", "D001241")),
        annotated(nlp, "aspirin", (0, 7, "CHEMICAL", "D001241")),
        annotated(nlp, "pyrexia", (0, 7, "DISEASE", "D005334")),  # the rules do not find it
    ]
    scores = nlp.evaluate(examples)
    assert scores["kb_n"] == 4
    assert scores["kb_acc@1"] == 2 / 4
    assert scores["kb_p"] == 2 / 3
    assert scores["kb_per_label"]["CHEMICAL"]["f"] == 1.0
    assert 2 / 4 < scores["kb_mrr"] < 3 / 4
    assert scores["kb_acc@5"] == 3 / 4


def test_without_a_scorer_there_is_nothing():
    nlp = spelling_pipeline(scorer=None)
    assert "kb_n" not in nlp.evaluate([annotated(nlp, "gout", (0, 4, "DISEASE", "D006073"))])


def test_ids_that_the_kb_knows_none_of_are_warned_of(caplog):
    score_examples([example([(0, 1, "A", "UMLS:C1"), (2, 3, "A", "UMLS:C2")], [(0, 1, "A", GOUT)])], kb=KB)
    (said,) = caplog.messages
    assert "None of the 2 gold ids" in said
    assert "(UMLS:C1, UMLS:C2" in said
    assert "D1, D2, D3" in said
    caplog.clear()
    score_examples([example([(0, 1, "A", "UMLS:C1"), (2, 3, "A", "D1"), (4, 5, "A", "NIL")], [])], kb=KB)
    score_examples([example([(4, 5, "A", "NIL")], [])], kb=KB)
    assert not caplog.messages


def test_spacy_evaluate_and_angel_evaluate_give_the_same_figures():
    nlp = spelling_pipeline()
    text = "gout and fever after aspirin"
    gold = [("gout", "D006073"), ("fever", "D001241"), ("aspirin", "X:1")]
    places = [(text.index(word), text.index(word) + len(word), one) for word, one in gold]
    reference = nlp.make_doc(text)
    reference.ents = [reference.char_span(start, end, "DISEASE", kb_id=one) for start, end, one in places]
    mentions = tuple(Mention(text[start:end], start, end, "DISEASE", (one,)) for start, end, one in places)
    theirs = nlp.evaluate([Example(nlp.make_doc(text), reference)])
    ours = evaluate_predicted(nlp, [Article("1", "", text, mentions)])
    for name in ("n", "acc@1", "acc@1_strict", "acc@5", "mrr", "acc@1_linkable", "acc@1_ci95", "named", "unique"):
        assert theirs[f"kb_{name}"] == ours[name]
    assert [theirs[f"kb_{key}"] for key in "prf"] == [ours["mentions"]["all"][key] for key in "prf"]
