from angel_spacy.kb import Concept, KnowledgeBase, nothing_known

GENES = KnowledgeBase([Concept("672", "BRCA1"), Concept("675", "BRCA2")])


def test_one_known_id_or_no_id_at_all_is_nothing_to_tell_of() -> None:
    assert nothing_known(GENES, []) == ""
    assert nothing_known(GENES, ["D1", "675"]) == ""


def test_where_no_id_is_known_both_sides_are_shown_with_the_remedy() -> None:
    said = nothing_known(GENES, iter(["GeneID:672", "GeneID:672", "GeneID:675"]))
    assert "None of the 3 gold ids (GeneID:672, GeneID:675, …)" in said
    assert "ids like 672, 675. Take the knowledge base" in said
    assert said.endswith("build it with `--prefix`.")
    assert "ids like none" in nothing_known(KnowledgeBase(), ["D1"])
