"""What the component learns from: annotated spans, and what the KB knows of their ids."""

import logging

import numpy as np
import pytest
import spacy
from learning_toys import LEARNER, annotated, gold, learnt, pipeline, same, weights
from linker_toys import spelling_pipeline
from small import CONCEPTS, SURFACES, knowledge_base
from spacy.training import Example
from thinc.api import Adam

from angel_spacy.component.learning import Learner, gold_mentions, known_mentions
from angel_spacy.component.settings import Settings
from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept, KnowledgeBase


@pytest.mark.parametrize(
    "reference",
    [
        lambda nlp: [],
        lambda nlp: [Example.from_dict(nlp.make_doc(""), {})],
        lambda nlp: [Example.from_dict(nlp.make_doc("no annotation"), {})],
        lambda nlp: [Example.from_dict(nlp.make_doc("no id"), {"entities": [(0, 2, "DISEASE")]})],
        lambda nlp: [annotated(nlp, "gout", 0, 4, "NIL")],
        lambda nlp: [annotated(nlp, "gout", 0, 4, "-")],
        lambda nlp: [annotated(nlp, "gout", 0, 4, "X:404")],
        lambda nlp: [annotated(nlp, "...", 0, 3, "T:2")],
    ],
)
def test_what_has_no_usable_gold_teaches_nothing(reference):
    nlp = pipeline({"objective": "both"})
    before = weights(nlp)
    losses = nlp.get_pipe("angel_linker").update(reference(nlp), sgd=Adam(0.1), losses={"angel_linker": 1.5})
    assert losses == {"angel_linker": 1.5}
    assert same(weights(nlp), before)


def test_without_gold_neither_weights_nor_kb_are_read(tmp_path):
    nlp = spacy.blank("en")
    model = {"@architectures": "angel_spacy.Seq2Seq.v1", "path": str(tmp_path / "nowhere")}
    linker = nlp.add_pipe("angel_linker", config={"model": model})
    optimizer = nlp.initialize()
    assert nlp.update([Example.from_dict(nlp.make_doc("text"), {})], sgd=optimizer) == {"angel_linker": 0.0}
    with nlp.use_params({(1, "W"): np.zeros(1)}):
        assert not linker._sources.has_kb


def test_gold_ids_are_resolved_alternatives_and_composites_too():
    kb = KnowledgeBase([*CONCEPTS, Concept("T:7", "Rickets", alt_ids=("OLD:7",))])
    nlp = spacy.blank("en")
    docs = [annotated(nlp, "soft bones", 0, 10, kb_id).reference for kb_id in ("OLD:7", "T:2|T:404|T:1", "T:404")]
    mentions = known_mentions(gold_mentions(docs, Settings()), kb)
    assert [mention.rows for mention in mentions] == [(6,), (1, 0)]


def test_a_removed_concept_does_not_shift_the_others():
    kb = knowledge_base()
    kb.remove("T:1")
    nlp = pipeline(kb=kb)
    learnt(nlp, 30, learn_rate=0.015)
    assert nlp.evaluate(gold(nlp)[1:])["kb_acc@1"] == 1.0


def test_labels_and_spans_key_say_what_is_learnt():
    nlp = spacy.blank("en")
    doc = annotated(nlp, "gout and scurvy", 0, 4, "T:2").reference
    doc.spans["mine"] = [doc.char_span(9, 15, "CHEMICAL", "T:6")]
    found = {
        settings: [mention.text for _, mention in gold_mentions([doc], settings)]
        for settings in (Settings(), Settings(spans_key="mine"), Settings(labels=("CHEMICAL",)))
    }
    assert list(found.values()) == [["gout"], ["scurvy"], []]


def test_a_corpus_whose_ids_the_kb_lacks_is_refused():
    nlp = pipeline(kb=KnowledgeBase([Concept("M:1", "Madness")]))
    with pytest.raises(
        ConfigError,
        match=r"None of the 6 gold ids \(T:1, T:2, T:3, …\) is in .* Take the .*initialize",
    ):
        nlp.initialize(lambda: gold(nlp))


def test_some_ids_that_the_kb_lacks_are_counted(caplog):
    nlp = pipeline(kb=KnowledgeBase(CONCEPTS[:4]))
    nlp.initialize(lambda: gold(nlp))
    assert "2 of 6 gold ids are not in the knowledge base (T:5, T:6, …)" in caplog.text


def test_a_corpus_without_ids_is_reported_and_no_corpus_is_not(caplog):
    nlp = pipeline()
    nlp.initialize()
    assert not caplog.records
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("gout"), {"entities": [(0, 4, "DISEASE")]})])
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "it learns nothing" in caplog.text


def test_training_mentions_become_names_when_that_is_asked_for(tmp_path):
    knowledge_base().to_disk(tmp_path / "kb")
    reader = {"@misc": "angel_spacy.KnowledgeBase.v1", "path": str(tmp_path / "kb")}
    surface, concept_id = SURFACES[0]
    for aliases in (False, True):
        nlp = pipeline()
        nlp.config["initialize"]["components"]["angel_linker"] = {"kb": reader, "aliases": aliases}
        nlp.initialize(lambda nlp=nlp: gold(nlp))
        assert (surface in nlp.get_pipe("angel_linker").kb[concept_id].names) is aliases


def test_a_training_mention_that_became_a_name_is_no_answer_to_itself():
    chosen = {}
    for own_forms in (False, True):
        nlp = spelling_pipeline(knowledge_base(), learner={"@misc": LEARNER, "objective": "preference"})
        linker = nlp.get_pipe("angel_linker")
        linker.initialize(lambda nlp=nlp: gold(nlp), aliases=True)
        mentions = known_mentions(gold_mentions([example.reference for example in gold(nlp)], Settings()), linker.kb)
        learner = Learner(linker.learning) if own_forms else linker._learner
        pairs = learner._mined(linker.generator, linker.generated, mentions, 64)
        chosen[own_forms] = {pair.chosen for pair in pairs}
    surfaces = {linker.kb.normalise(surface) for surface, _ in SURFACES}
    assert chosen[True] & surfaces
    assert chosen[False]
    assert chosen[False].isdisjoint(surfaces)
