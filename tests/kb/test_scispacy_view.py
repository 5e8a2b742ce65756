import pytest

from angel_spacy.kb import Concept, KnowledgeBase


def test_scispacy_users_find_what_they_know() -> None:
    kb = KnowledgeBase([Concept("D1", "Gout", ("Podagra", "UA"), ("138900",), ("Disease",)), Concept("D2", "UA")])
    entity = kb.cui_to_entity["D1"]
    assert entity == ("D1", "Gout", ["Podagra", "UA"], ["Disease"], None)
    assert entity.concept_id == "D1"
    assert entity.canonical_name == "Gout"
    assert kb.cui_to_entity["138900"] == entity
    assert list(kb.cui_to_entity) == ["D1", "D2"]
    assert "D9" not in kb.cui_to_entity
    assert kb.alias_to_cuis["UA"] == {"D1", "D2"}
    assert list(kb.alias_to_cuis) == ["gout", "podagra", "ua"]
    assert len(kb.alias_to_cuis) == 3
    assert kb.alias_to_cuis.get("nothing") is None
    with pytest.raises(KeyError):
        kb.cui_to_entity["D9"]


def test_the_view_follows_the_kb() -> None:
    kb = KnowledgeBase()
    by_id, by_name = kb.cui_to_entity, kb.alias_to_cuis
    kb.add(Concept("D1", "gout", definition="Crystals."))
    assert by_id["D1"].definition == "Crystals."
    assert by_name["Gout"] == {"D1"}
