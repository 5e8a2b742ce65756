"""A chain of linkers, and attributes that somebody else has taken."""

import pytest
import spacy
from linker_toys import TOY, Speller, ruler_pipeline, toy_kb, with_linker
from spacy.tokens import Span

from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept
from angel_spacy.models.architecture import generator_shim
from angel_spacy.models.toy import toy_generator

FEVER = [Concept("D005334", "Fever")]
GOUT = [Concept("HP:1", "Gout"), Concept("HP:2", "Malaise")]


def chain(**second):
    nlp = with_linker(ruler_pipeline(), toy_kb(FEVER), threshold=0.5)
    config = {"model": TOY, "precision": "float32", "threshold": 0.5, **second}
    nlp.add_pipe("angel_linker", name="second", config=config)
    toy = toy_generator()
    generator_shim(nlp.get_pipe("second").model).generator = Speller(toy.network, toy.tokenizer, toy.prompter.form)
    nlp.get_pipe("second").set_kb(toy_kb(GOUT))
    return nlp


def ids(doc):
    return [(ent.text, ent.kb_id_) for ent in doc.ents]


def test_nil_is_no_link_for_the_next_linker():
    found = ids(chain(overwrite=False)("gout fever aspirin"))
    assert found == [("gout", "HP:1"), ("fever", "D005334"), ("aspirin", "NIL")]


def test_the_nil_of_a_linker_before_is_none_whatever_the_own_label():
    found = ids(chain(overwrite=False, nil_label="none")("gout fever aspirin"))
    assert found == [("gout", "HP:1"), ("fever", "D005334"), ("aspirin", "none")]


def test_two_linkers_keep_their_attributes_apart():
    gout, fever = chain(overwrite=True, attributes="hpo")("gout fever").ents
    assert (gout._.kb_id, gout._.hpo_id, gout.kb_id_) == (None, "HP:1", "HP:1")
    assert (fever._.kb_id, fever._.hpo_id, fever.kb_id_) == ("D005334", None, "NIL")
    assert [c.concept_id for c in fever._.kb_candidates] == ["D005334"]
    assert {c.concept_id for c in fever._.hpo_candidates} == {"HP:1", "HP:2"}
    assert (fever._.kb_ents[0][0], fever._.hpo_ents) == ("D005334", [])
    assert "threshold" in fever._.hpo_nil_reason


def test_worker_processes_know_both():
    nlp = chain(overwrite=True, attributes="hpo")
    (doc, _) = nlp.pipe(["gout fever", "gout"], n_process=2)
    assert [(ent._.kb_id, ent._.hpo_id) for ent in doc.ents] == [(None, "HP:1"), ("D005334", None)]


@pytest.fixture
def taken():
    """Registers an attribute as another package would."""
    names = []

    def take(name, **how):
        Span.set_extension(name, **how)
        names.append(name)

    yield take
    for name in names:
        Span.remove_extension(name)


@pytest.mark.parametrize("name", ["mine_candidates", "mine_id", "mine_nil_reason", "mine_link"])
@pytest.mark.parametrize("how", [{"default": []}, {"getter": lambda span: 1}, {"method": lambda span: 1}])
def test_an_attribute_that_another_package_has_registered_is_named(taken, name, how):
    taken(name, **how)
    with pytest.raises(ConfigError, match=rf"span\._\.{name}.*'attributes': 'angel'"):
        spacy.blank("en").add_pipe("angel_linker", config={"model": TOY, "attributes": "mine"})


def test_scispacys_own_pairs_are_no_conflict(taken):
    taken("theirs_ents", default=[])
    nlp = with_linker(ruler_pipeline(), attributes="theirs")
    (gout,) = nlp("gout").ents
    assert gout._.theirs_ents[0] == ("D006073", gout._.theirs_candidates[0].probability)


def test_attributes_need_a_word():
    with pytest.raises(ConfigError, match="use a word such as 'kb'"):
        spacy.blank("en").add_pipe("angel_linker", config={"model": TOY, "attributes": "my kb"})


def test_with_attributes_of_its_own_a_linker_says_nothing_of_what_it_did_not_look_at():
    (fever,) = chain(overwrite=False, attributes="hpo")("fever").ents
    assert (fever.kb_id_, fever._.kb_id) == ("D005334", "D005334")
    assert (fever._.hpo_id, fever._.hpo_ents, fever._.hpo_nil_reason) == (None, [], None)
