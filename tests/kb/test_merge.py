import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.kb.merge import merged
from angel_spacy.kb.normalise import PUBLISHED_NORMALISER

MESH = KnowledgeBase(
    [
        Concept("D006073", "Gout", ("Gouts",), types=("C05",), definition="Painful."),
        Concept("D005334", "Fever", ("Pyrexia",), parents=("D006073",)),
        Concept("D000001", "Cold", xrefs=("HP:0000003",)),
        Concept("D000002", "Common Cold", ("Coryza",)),
    ]
)


def folds(*concepts: Concept, first: KnowledgeBase = MESH) -> dict[str, tuple[str, str]]:
    _, report = merged([first, KnowledgeBase(concepts)])
    return {fold.concept_id: (fold.into, fold.rule) for fold in report.folds}


def test_a_common_id_goes_before_all():
    found = folds(Concept("mesh:D006073", "Podagra"), Concept("HP:1", "Gout", alt_ids=("MSH:D005334",)))
    assert found == {"MESH:D006073": ("MESH:D006073", "the same id"), "HP:1": ("MESH:D005334", "the same id")}


def test_a_cross_reference_counts_in_both_directions_when_it_goes_one_to_one():
    found = folds(Concept("HP:0000003", "Coldness"), Concept("HP:0000004", "Raised heat", xrefs=("MESH:D005334",)))
    assert {rule for _, rule in found.values()} == {"a cross-reference"}
    assert {one: into for one, (into, _) in found.items()} == {
        "HP:0000003": "MESH:D000001",
        "HP:0000004": "MESH:D005334",
    }


def test_cross_references_that_are_not_one_to_one_are_told_and_left():
    kb, report = merged([MESH, KnowledgeBase([Concept(f"HP:{i}", f"Kind {i}", xrefs=("D005334",)) for i in (1, 2)])])
    assert not report.folds
    assert "HP:1, HP:2, MESH:D005334" in report.conflicts[0]
    assert len(kb) == 6


@pytest.mark.parametrize(
    ("concept", "into"),
    [
        (Concept("HP:1", "Gout", ("Podagra", "Arthritis urica")), "MESH:D006073"),
        (Concept("HP:1", "Pyrexia", ("Febrile",)), "MESH:D005334"),
        (Concept("HP:1", "High temperature", ("Pyrexia", "Hot")), None),  # no preferred name in common
        (Concept("HP:1", "Gout", ("Fever",)), None),  # as many names of either
        (Concept("HP:1", "Ache"), None),
    ],
)
def test_shared_names(concept, into):
    assert folds(concept).get("HP:1", (None,))[0] == into


def test_two_concepts_of_one_vocabulary_stay_two():
    kb, report = merged([MESH, KnowledgeBase([Concept("HP:1", "Gout"), Concept("HP:2", "Gout", ("Gouts",))])])
    assert [(fold.concept_id, fold.into) for fold in report.folds] == [("HP:2", "MESH:D006073")]
    assert "HP:1 would join MESH:D006073" in report.conflicts[0]
    assert kb.resolve("HP:1") != kb.resolve("HP:2")


def test_what_joined_has_the_names_ids_types_and_counts_of_both():
    other = KnowledgeBase(
        [Concept("HP:1", "Gout", ("Podagra",), ("HP:9",), ("Phenotype",), "Other.", ("UMLS:C0018099",), ("HP:2",))],
        seen={("podagra", "HP:1"): 3},
    )
    kb, _ = merged([MESH, other, KnowledgeBase([Concept("HP:2", "Joint disease")])])
    assert kb["D006073"] == kb["HP:9"]
    assert kb["HP:1"] == Concept(
        "MESH:D006073",
        "Gout",
        ("Gouts", "Podagra"),
        ("HP:1", "HP:9"),
        ("C05", "Phenotype"),
        "Painful.",
        ("UMLS:C0018099",),
        ("HP:2",),
    )
    assert kb["D005334"].parents == ("MESH:D006073",)
    assert kb.seen == {("podagra", "MESH:D006073"): 3}


def test_one_kb_and_two_normalisers_cannot_be_merged():
    with pytest.raises(ConfigError, match="two knowledge bases"):
        merged([MESH])
    with pytest.raises(ConfigError, match="one normaliser"):
        merged([MESH, KnowledgeBase([Concept("X:1", "Gout")], normaliser=PUBLISHED_NORMALISER)])


names = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True)
vocabularies = st.lists(names, min_size=1, max_size=6)


@given(vocabularies, vocabularies)
def test_nothing_is_lost_and_no_vocabulary_folds_in_itself(one, other):
    kbs = [
        KnowledgeBase(Concept(f"{prefix}:{i}", own[0], tuple(own[1:])) for i, own in enumerate(vocabulary))
        for prefix, vocabulary in (("A", one), ("B", other))
    ]
    kb, report = merged(kbs)
    assert len(kb) == len(one) + len(other) - len(report.folds)
    for each in kbs:
        rows = [kb.resolve(concept.concept_id) for concept in each.concepts]
        assert None not in rows
        assert len(set(rows)) == len(rows)
        for concept, row in zip(each.concepts, rows, strict=True):
            assert set(map(each.normalise, concept.names)) <= set(kb.names_of(row))
