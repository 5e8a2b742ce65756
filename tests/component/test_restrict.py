"""`restrict`: a mention becomes only what its label allows, in every way of ranking."""

import pytest
from linker_toys import ruler_pipeline, toy_kb, with_linker

from angel_spacy.candidates.settings import ConfigError
from angel_spacy.component.settings import Settings
from angel_spacy.kb import Concept, KnowledgeBase

KB = [
    Concept("D006073", "Gout", ("cold",), types=("Disease",)),
    Concept("D005334", "Fever", ("pyrexia", "cold gout"), types=("Disease",)),
    Concept("D001241", "Aspirin", ("cold",), types=("Chemical",)),
    Concept("D001242", "Aspirins", ("aspirin gout",), types=("Chemical",)),
]
BOTH = [{"combine": None}, {"combine": "evidence"}, {"combine": "evidence", "rescore": True, "gate": False}]


def linked(text, entities, combine, kb=KB, **config):
    return with_linker(ruler_pipeline(entities), KnowledgeBase(kb), **combine, **config)(text).ents


def types(ent):
    return {one for candidate in ent._.kb_candidates for one in candidate.types}


@pytest.mark.parametrize("combine", BOTH)
def test_no_candidate_of_a_chemical_is_a_disease(combine):
    aspirin, gout = linked("aspirin gout", {"aspirin": "CHEMICAL", "gout": "DISEASE"}, combine)
    assert types(aspirin) == {"Chemical"}
    assert types(gout) == {"Disease"}
    assert (aspirin.kb_id_, gout.kb_id_) == ("D001241", "D006073")


@pytest.mark.parametrize("combine", BOTH)
def test_a_label_that_says_nothing_and_no_restriction_allow_all(combine):
    (free,) = linked("aspirin", {"aspirin": "ENTITY"}, combine)
    (off,) = linked("aspirin", {"aspirin": "CHEMICAL"}, combine, restrict=None)
    assert types(free) == types(off) == {"Chemical", "Disease"}


@pytest.mark.parametrize("combine", BOTH)
@pytest.mark.parametrize(("label", "kb_id"), [("DISEASE", "D006073"), ("CHEMICAL", "D001241")])
def test_a_name_of_two_things_means_the_one_that_the_label_says(combine, label, kb_id):
    (cold,) = linked("cold", {"cold": label}, combine)
    assert cold.kb_id_ == kb_id


@pytest.mark.parametrize("exact_match", ["prefer", "skip"])
def test_the_dictionary_obeys_too(exact_match):
    (cold,) = linked("cold", {"cold": "CHEMICAL"}, {"combine": None}, exact_match=exact_match)
    assert (cold.kb_id_, cold._.kb_candidates[0].probability) == ("D001241", 1.0)


@pytest.mark.parametrize("combine", BOTH)
def test_where_no_concept_is_of_the_type_the_reason_says_so(combine):
    (tp53,) = linked("tp53", {"tp53": "GENE"}, combine)
    assert (tp53.kb_id_, list(tp53._.kb_candidates)) == ("NIL", [])
    assert tp53._.kb_nil_reason == "type has no concept"


@pytest.mark.parametrize("combine", BOTH)
def test_a_table_says_what_own_labels_allow(combine):
    table = {"PAIN": ["MESH:D005334"], "CHEMICAL": ["Disease"]}
    gout, aspirin = linked("gout aspirin", {"gout": "PAIN", "aspirin": "CHEMICAL"}, combine, restrict=table)
    assert [one.concept_id for one in gout._.kb_candidates] == ["D005334"]
    assert types(aspirin) == {"Disease"}


def test_a_concept_that_is_added_later_can_be_linked_to():
    nlp = with_linker(ruler_pipeline({"salve": "CHEMICAL"}), KnowledgeBase(KB))
    assert nlp("salve").ents[0].kb_id_ != "X:9"
    nlp.get_pipe("angel_linker").kb.add(Concept("X:9", "Salve", types=("Chemical",)))
    assert nlp("salve").ents[0].kb_id_ == "X:9"


def test_the_setting_survives_and_is_checked(tmp_path):
    table = {"DISEASE": ["Disease"]}
    nlp = with_linker(ruler_pipeline(), toy_kb(), restrict=table)
    assert dict(type(nlp).from_config(nlp.config).get_pipe("angel_linker").settings.restrict) == table
    with pytest.raises(ConfigError, match="restrict is 'types': use 'by_label', a table"):
        Settings(restrict="types")
    with pytest.raises(ConfigError, match="use a list of them for each label"):
        Settings(restrict={"DISEASE": "Disease"})
