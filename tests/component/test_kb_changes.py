import json

import pytest
from linker_toys import CONCEPTS, spelling_pipeline, toy_kb

from angel_spacy.candidates.index import NameIndex
from angel_spacy.errors import ConfigError, KnowledgeBaseError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.architecture import generator_shim
from angel_spacy.models.toy import toy_generator


def first(nlp, text):
    return nlp(text).ents[0]._.kb_id


def test_names_and_concepts_count_from_the_next_document_on():
    nlp = spelling_pipeline(toy_kb(CONCEPTS[:1]))
    kb = nlp.get_pipe("angel_linker").kb
    assert first(nlp, "fever") == "D006073"
    kb.add(CONCEPTS[1])
    assert first(nlp, "fever") == "D005334"
    kb.add_name("D006073", "Fever!")
    kb.remove_name("D005334", "fever")
    assert first(nlp, "fever") == "D006073"
    kb.remove("D006073")
    assert first(nlp, "gout") == first(nlp, "fever") == "D005334"
    kb.remove("D005334")
    assert first(nlp, "fever") is None


def test_another_kb_takes_its_place():
    nlp = spelling_pipeline(toy_kb(CONCEPTS[:1]))
    nlp.get_pipe("angel_linker").set_kb(toy_kb(CONCEPTS[2:]))
    assert first(nlp, "gout") == "D001241"


@pytest.mark.parametrize("kb", ["path", None, {}])
def test_something_else_is_no_kb(kb):
    linker = spelling_pipeline(toy_kb()).get_pipe("angel_linker")
    with pytest.raises(KnowledgeBaseError, match=r"read a KB folder with KnowledgeBase\.from_disk"):
        linker.set_kb(kb)
    assert len(linker.kb) == 3


def test_the_threshold_of_the_kb_before_goes_with_it():
    nlp = spelling_pipeline(toy_kb(CONCEPTS[:1]))
    linker = nlp.get_pipe("angel_linker")
    linker.threshold = 0.9
    assert first(nlp, "fever") is None
    linker.set_kb(toy_kb(CONCEPTS[:1]))
    assert (linker.threshold, first(nlp, "fever")) == (0.0, "D006073")


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_out_of_range_is_refused_and_changes_nothing(threshold):
    linker = spelling_pipeline(threshold=0.25).get_pipe("angel_linker")
    with pytest.raises(ConfigError, match="use a probability"):
        linker.threshold = threshold
    assert linker.threshold == 0.25


def test_an_empty_kb_is_nil_with_the_reason():
    (ent,) = spelling_pipeline(KnowledgeBase())("gout").ents
    assert (ent.kb_id_, ent._.kb_id, ent._.kb_candidates) == ("NIL", None, [])
    assert ent._.kb_nil_reason == "no candidate"


def test_a_kb_of_one_name():
    (ent,) = spelling_pipeline(toy_kb([Concept("D1", "x")]))("gout").ents
    assert [candidate.concept_id for candidate in ent._.kb_candidates] == ["D1"]


def test_concepts_of_one_name_are_all_listed_the_preferred_name_first():
    concepts = [Concept("D2", "b", ("gout",)), Concept("D3", "c", ("gout",)), Concept("D1", "gout")]
    (ent,) = spelling_pipeline(toy_kb(concepts))("gout").ents
    assert [candidate.concept_id for candidate in ent._.kb_candidates] == ["D1", "D2", "D3"]
    assert ent.kb_id_ == "D1"
    seen = {("gout", "D3"): 5}
    (ent,) = spelling_pipeline(KnowledgeBase(concepts, seen=seen))("gout").ents
    assert [candidate.concept_id for candidate in ent._.kb_candidates] == ["D1", "D3", "D2"]


def test_new_weights_are_used_with_the_same_kb():
    nlp = spelling_pipeline(toy_kb(CONCEPTS[:2]))
    assert first(nlp, "gout") == "D006073"
    linker = nlp.get_pipe("angel_linker")
    generator_shim(linker.model).generator = toy = toy_generator(seed=3)
    nlp("gout")
    assert linker.generated.generator is toy
    assert len(linker.kb) == 2


def test_a_kb_of_another_normaliser_is_refused():
    import spacy

    spacy.registry.misc("test_upper_normaliser", func=lambda: str.upper)
    kb = KnowledgeBase(CONCEPTS, normaliser="test_upper_normaliser")
    with pytest.raises(ConfigError, match="build the knowledge base with the generator's normaliser"):
        spelling_pipeline(kb)


def test_scispacys_way_to_look_into_the_kb():
    kb = spelling_pipeline().get_pipe("angel_linker").kb
    assert kb.cui_to_entity["D006073"].canonical_name == "Gout"
    assert kb.cui_to_entity["D001241"].definition == "An analgesic."
    assert kb.alias_to_cuis["podagra"] == {"D006073"}


def test_scispacys_own_knowledge_base_will_do(tmp_path):
    linking_utils = pytest.importorskip("scispacy.linking_utils")
    path = tmp_path / "theirs.jsonl"
    entity = {"concept_id": "C1", "canonical_name": "Gout", "aliases": ["podagra"], "types": ["T047"]}
    path.write_text(json.dumps(entity) + "\n")
    nlp = spelling_pipeline()
    nlp.get_pipe("angel_linker").set_kb(linking_utils.KnowledgeBase(str(path)))
    assert nlp("gout").ents[0].kb_id_ == "C1"


@pytest.mark.parametrize("kb", [None, "kb/mesh", {"C1": "gout"}])
def test_what_is_no_knowledge_base_is_refused(kb):
    with pytest.raises(KnowledgeBaseError, match="is no knowledge base: read a KB folder"):
        spelling_pipeline().get_pipe("angel_linker").set_kb(kb)


@pytest.mark.parametrize("combine", [None, "evidence"])
def test_a_prepared_knowledge_base_is_taken_at_once(combine, monkeypatch):
    nlp = spelling_pipeline(combine=combine)
    linker = nlp.get_pipe("angel_linker")
    prepared = linker.prepare_kb(KnowledgeBase([Concept("X1", "Goat"), Concept("X2", "Fevers")]))
    assert [ent.kb_id_ for ent in nlp("gout").ents] == ["D006073"]  # still its own
    monkeypatch.setattr(NameIndex, "build", lambda *_: pytest.fail("a trie was built"))
    linker.set_kb(prepared)
    assert [ent.kb_id_ for ent in nlp("gout").ents] == ["X1"]
    linker.kb.add_name("X2", "gout")
    assert [ent.kb_id_ for ent in nlp("gout").ents] == ["X2"]
