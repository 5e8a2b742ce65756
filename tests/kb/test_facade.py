import pytest

from angel_spacy.kb import Concept, KnowledgeBase, ScispacyView


def test_scispacy_users_find_what_they_know() -> None:
    kb = KnowledgeBase([Concept("D1", "Gout", ("Podagra", "UA"), ("138900",), ("Disease",)), Concept("D2", "UA")])
    view = ScispacyView(kb)
    entity = view.cui_to_entity["D1"]
    assert entity == ("D1", "Gout", ["Podagra", "UA"], ["Disease"], None)
    assert entity.concept_id == "D1"
    assert entity.canonical_name == "Gout"
    assert view.cui_to_entity["138900"] == entity
    assert list(view.cui_to_entity) == ["D1", "D2"]
    assert "D9" not in view.cui_to_entity
    assert view.alias_to_cuis["UA"] == {"D1", "D2"}
    assert list(view.alias_to_cuis) == ["gout", "podagra", "ua"]
    assert len(view.alias_to_cuis) == 3
    assert view.alias_to_cuis.get("nothing") is None
    with pytest.raises(KeyError):
        view.cui_to_entity["D9"]


def test_the_view_follows_the_kb() -> None:
    kb = KnowledgeBase()
    view = ScispacyView(kb)
    kb.add(Concept("D1", "gout", definition="Crystals."))
    assert view.cui_to_entity["D1"].definition == "Crystals."
    assert view.alias_to_cuis["Gout"] == {"D1"}
