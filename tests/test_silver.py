"""scripts/silver.py: what several recognisers agree on."""

import importlib.util
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Span

SCRIPT = Path(__file__).parents[1] / "scripts" / "silver.py"


@pytest.fixture(scope="module")
def silver():
    spec = importlib.util.spec_from_file_location("silver", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def teacher(**patterns):
    nlp = spacy.blank("en")
    rules = [{"label": label, "pattern": words.replace("_", " ")} for words, label in patterns.items()]
    nlp.add_pipe("entity_ruler").add_patterns(rules)
    return nlp


def marked(docs):
    return [[(ent.text, ent.label_) for ent in doc.ents] for doc in docs]


def test_more_than_half_must_agree_and_the_longer_span_goes_first(silver):
    teachers = [
        teacher(gout="DISEASE", chest_pain="DISEASE", aspirin="CHEMICAL"),
        teacher(gout="DISEASE", chest_pain="DISEASE", aspirin="DISEASE"),
        teacher(gout="CHEMICAL", pain="DISEASE", aspirin="PLACE"),
    ]
    docs = [teachers[0].make_doc("gout and chest pain after aspirin"), teachers[0].make_doc("nothing")]
    assert marked(silver.voted(teachers, docs)) == [[("gout", "DISEASE"), ("chest pain", "DISEASE")], []]


def test_what_was_overlooked_is_marked_too(silver):
    doc = spacy.blank("en").make_doc("haemolytic anaemia (HA) or HA")
    (found,) = marked(silver.voted([teacher(haemolytic_anaemia="DISEASE")], [doc]))
    assert found == [("haemolytic anaemia", "DISEASE"), ("HA", "DISEASE"), ("HA", "DISEASE")]


def test_annotated_mentions_stay_and_other_labels_are_added(silver):
    doc = spacy.blank("en").make_doc("gout after aspirin with fever of gold")
    doc.ents = [Span(doc, 0, 1, "DISEASE"), Span(doc, 6, 7, "DISEASE")]
    (found,) = marked(silver.completed([teacher(aspirin="CHEMICAL", fever="DISEASE", gold="CHEMICAL")], [doc]))
    assert found == [("gout", "DISEASE"), ("aspirin", "CHEMICAL"), ("gold", "DISEASE")]
