"""`angel_spacy.ground`: one call, plain records."""

import pytest
from tiny import tiny_kb, tiny_pipeline

import angel_spacy
from angel_spacy import grounding
from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept, KnowledgeBase


@pytest.fixture
def folder(tmp_path):
    grounding._loaded.cache_clear()
    tiny_pipeline().to_disk(tmp_path / "pipeline")
    return tmp_path / "pipeline"


def test_a_text_gives_its_entities(folder):
    nlp = tiny_pipeline()
    text = "Gout and aspirin."
    found = angel_spacy.ground(text, pipeline=folder)
    ents = nlp(text).ents
    assert [(one.mention.text, one.mention.start, one.mention.label) for one in found] == [
        (ent.text, ent.start_char, ent.label_) for ent in ents
    ]
    assert [one.mention.concept_ids for one in found] == [(ent.kb_id_,) for ent in ents]
    assert [one.candidates[0].concept_id for one in found] == [ent.kb_id_ for ent in ents]


def test_mentions_alone_and_in_a_text_give_one_record_each(folder):
    found = angel_spacy.ground(["Gout", "aspirin", "!"], pipeline=folder)
    assert [one.mention.text for one in found] == ["Gout", "aspirin", "!"]
    assert (found[2].candidates, found[2].nil_reason) == ((), "empty mention")
    found = angel_spacy.ground("No gout, aspirin.", mentions=[(3, 7), (9, 16, "Chemical")], pipeline=folder)
    assert [(one.mention.text, one.mention.label) for one in found] == [("gout", ""), ("aspirin", "Chemical")]
    assert angel_spacy.ground([], pipeline=folder) == []


def test_a_label_restricts_and_a_kb_takes_the_place_of_the_pipelines(folder, tmp_path):
    concepts = [Concept("X:1", "Gout", types=("Disease",)), Concept("X:2", "Aspirin", types=("Chemical",))]
    KnowledgeBase(concepts, normaliser=tiny_kb().normaliser).to_disk(tmp_path / "kb")
    for label, ids in (("DISEASE", {"X:1"}), ("CHEMICAL", {"X:2"}), ("", {"X:1", "X:2"})):
        (one,) = angel_spacy.ground(["gout"], label=label, pipeline=folder, kb=tmp_path / "kb")
        assert {candidate.concept_id for candidate in one.candidates} == ids


def test_offsets_of_several_texts_are_an_error(folder):
    with pytest.raises(ConfigError, match="offsets in one text"):
        angel_spacy.ground(["gout"], mentions=[(0, 4)], pipeline=folder)
