"""scripts/silver.py: what several recognisers agree on."""

import importlib.util
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Span

from angel_spacy.corpora.docbin import article_to_doc
from angel_spacy.errors import ConfigError
from angel_spacy.records import Article, Mention

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


def test_labels_that_no_teacher_has_are_not_taught(silver):
    article = Article("1", "Gout hurts.", "", (Mention("Gout", 0, 4, "SpecificDisease"),))
    nlp = teacher(aspirin="CHEMICAL", gout="DISEASE")
    with pytest.raises(ConfigError, match="No teacher has the label SPECIFICDISEASE: name theirs with --label"):
        silver.completed([nlp], [article_to_doc(nlp, article)])
    (found,) = marked(silver.completed([nlp], [article_to_doc(nlp, silver.relabelled(article, "DISEASE"))]))
    assert found == [("Gout", "DISEASE")]
