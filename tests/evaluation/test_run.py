import pytest
from linker_toys import ruler_pipeline, spelling_pipeline, with_linker
from spacy.language import Language

from angel_spacy.component.given import gold_docs
from angel_spacy.errors import ConfigError
from angel_spacy.evaluation.run import evaluate_gold, evaluate_predicted, find_linker
from angel_spacy.records import Article, Mention

TEXT = "gout, fever and pyrexia"
GOUT, FEVER, PYREXIA = (Mention(TEXT[i:j], i, j, "Disease") for i, j in ((0, 4), (6, 11), (16, 23)))


@Language.component("not_asked_for")
def not_asked_for(doc):
    raise AssertionError("the NER ran")


def annotated(*ids):
    mentions = zip((GOUT, FEVER, PYREXIA), ids, strict=False)
    return [Article("1", "", TEXT, tuple(Mention(m.text, m.start, m.end, m.label, of) for m, of in mentions))]


def test_gold_mentions_are_linked_without_an_ner():
    nlp = spelling_pipeline()
    nlp.add_pipe("not_asked_for", name="ner", first=True)
    linker = find_linker(nlp)
    assert [doc.text for doc in gold_docs(nlp, linker, annotated())] == [TEXT]
    assert "ner" in nlp.pipe_names
    table = evaluate_gold(nlp, annotated(("D006073",), ("D001241",), ("D005334",)))
    assert (table["n"], table["acc@1"], table["mrr"] > table["acc@1"]) == (3, 2 / 3, True)


def test_gold_mentions_without_an_id_are_not_counted():
    table = evaluate_gold(spelling_pipeline(), annotated(("D006073",), (), ("X:1",)))
    assert (table["n"], table["n_linkable"], table["acc@1"]) == (2, 1, 0.5)


@pytest.mark.parametrize("spans_key", [None, "sc"])
def test_the_spans_that_the_linker_links_are_those_that_are_judged(spans_key):
    nlp = with_linker(ruler_pipeline(spans_key=spans_key), spans_key=spans_key)
    table = evaluate_predicted(nlp, annotated(("D006073",), ("D001241",), ("D005334",)))
    assert (table["n_predicted"], table["acc@1"]) == (2, 1 / 3)
    assert table["mentions"]["all"] == pytest.approx({"p": 1 / 2, "r": 1 / 3, "f": 0.4})
    assert table["mentions"]["DISEASE"] == table["mentions"]["all"]


@pytest.mark.parametrize("evaluate", [evaluate_gold, evaluate_predicted])
def test_a_corpus_of_other_ids_than_the_kbs_is_warned_of(evaluate, caplog):
    evaluate(spelling_pipeline(), annotated(("UMLS:C0018099",)))
    (said,) = caplog.messages
    assert "UMLS:C0018099" in said
    assert "D006073" in said
    assert "Take the knowledge base" in said


def test_a_pipeline_without_a_linker_says_what_to_do():
    with pytest.raises(ConfigError, match="add one with"):
        find_linker(ruler_pipeline())
