"""Shared names: each concept gets one that is its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.kb.disambiguate import disambiguated

GENES = [
    Concept("7157", "TP53", ("tumor protein p53", "P53"), parents=("NCBITAXON:9606",)),
    Concept("22059", "Trp53", ("transformation related protein 53", "p53"), parents=("NCBITAXON:10090",)),
    Concept("100001", "tp53", ("p53",), parents=("taxid:8296",)),
    Concept("672", "BRCA1", parents=("NCBITAXON:9606",)),
]
AXOLOTL = KnowledgeBase([Concept("8296", "Ambystoma mexicanum", ("axolotl",))])


def names(kb, concept_id):
    return set(kb.names_of(kb.resolve(concept_id)))


def test_genes_of_several_species_get_the_species():
    kb = disambiguated(KnowledgeBase(GENES), AXOLOTL)
    assert names(kb, "7157") == {"tp53", "p53", "tumor protein p53", "tp53 human", "p53 human"}
    assert "p53 mouse" in names(kb, "22059")
    assert {"p53 ambystoma mexicanum", "tp53 ambystoma mexicanum"} <= names(kb, "100001")
    assert names(kb, "672") == {"brca1"}  # shared with none


def test_without_a_species_the_preferred_name_a_synonym_or_the_id_tells_apart():
    kb = KnowledgeBase(
        [
            Concept("D1", "Common cold", ("cold",)),
            Concept("D2", "Cold temperature", ("cold",)),
            Concept("D3", "Cold", ("chill",)),
            Concept("D4", "cold"),
        ]
    )
    apart = disambiguated(kb)
    assert "cold common cold" in names(apart, "D1")
    assert "cold cold temperature" in names(apart, "D2")
    assert "cold chill" in names(apart, "D3")
    assert "cold d4" in names(apart, "D4")


def test_instead_no_shared_name_is_left():
    kb = disambiguated(KnowledgeBase(GENES), AXOLOTL, instead=True)
    assert names(kb, "7157") == {"tp53 human", "p53 human", "tumor protein p53"}
    assert kb.concept(kb.resolve("7157")).name == "tp53 human"
    assert not kb.rows_of("p53")


WORDS = st.sampled_from(["a", "b", "c", "a b", "b c", "A", "x1"])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=6), st.booleans())
def test_whatever_the_names_every_concept_has_one_of_its_own(spelled, instead):
    kb = KnowledgeBase(Concept(f"Q{i}", own[0], tuple(own[1:])) for i, own in enumerate(spelled))
    apart = disambiguated(kb, instead=instead)
    assert [one.concept_id for one in apart.concepts] == [one.concept_id for one in kb.concepts]
    for row in range(len(kb)):
        assert any(len(apart.rows_of(name)) == 1 for name in apart.names_of(row))
        if not instead:
            assert set(kb.names_of(row)) <= set(apart.names_of(row))
    before = {name for name in kb.names() if len(kb.rows_of(name)) > 1}
    assert {name for name in apart.names() if len(apart.rows_of(name)) > 1} == (set() if instead else before)
    if instead:
        assert all(len(apart.rows_of(name)) == 1 for name in apart.names())


def test_a_second_time_changes_nothing():
    kb = KnowledgeBase([*GENES, Concept("G4", "tp53")])
    once = disambiguated(kb, AXOLOTL)
    assert names(once, "G4") == {"tp53", "tp53 g4"}
    assert list(disambiguated(once, AXOLOTL).concepts) == list(once.concepts)


@pytest.mark.parametrize("instead", [False, True])
def test_a_kb_without_shared_names_stays_as_it_is(instead):
    kb = KnowledgeBase([GENES[3]])
    assert list(disambiguated(kb, instead=instead).concepts) == [GENES[3]]
