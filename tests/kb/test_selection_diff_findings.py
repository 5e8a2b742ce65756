import pytest

from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.kb.diff import difference
from angel_spacy.kb.findings import findings
from angel_spacy.kb.selection import filtered

KB = KnowledgeBase(
    [
        Concept("HP:1", "All", types=("Root",)),
        Concept("HP:2", "Gout", types=("C05.1",), parents=("HP:1",)),
        Concept("HP:3", "Tophus", types=("C05.2",), parents=("HP:2",)),
        Concept("HP:4", "Fever", types=("C23",), parents=("HP:1",)),
        Concept("MONDO:5", "Flu", types=("C01",)),
    ],
    seen={("gout", "HP:2"): 2, ("fever", "HP:4"): 1},
)


def ids(kb: KnowledgeBase) -> list[str]:
    return [concept.concept_id for concept in kb.concepts]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"types": ["C05*"]}, ["HP:2", "HP:3"]),
        ({"under": ["hpo:2"]}, ["HP:2", "HP:3"]),
        ({"under": ["HP:1"], "without": ["HP:2"]}, ["HP:1", "HP:4"]),
        ({"prefixes": ["mondo"]}, ["MONDO:5"]),
        ({"types": ["C*"], "prefixes": ["HPO"]}, ["HP:2", "HP:3", "HP:4"]),
        ({}, ["HP:1", "HP:2", "HP:3", "HP:4", "MONDO:5"]),
    ],
)
def test_filtered(asked, kept):
    assert ids(filtered(KB, **asked)) == kept


def test_what_was_seen_goes_with_the_concepts():
    assert filtered(KB, types=["C05*"]).seen == {("gout", "HP:2"): 2}


def test_nothing_left_and_unknown_ids_are_errors():
    with pytest.raises(ConfigError, match=r"has the types C01, C05\.1"):
        filtered(KB, types=["Z"])
    with pytest.raises(ConfigError, match="no concept HP:77: ids look like HP:1"):
        filtered(KB, under=["HP:77"])


def test_a_circle_of_parents_ends():
    kb = KnowledgeBase([Concept("X:1", "Gout", parents=("X:2",)), Concept("X:2", "Flu", parents=("X:1",))])
    assert ids(filtered(kb, under=["X:1"])) == ["X:1", "X:2"]
    (circle,) = findings(kb)
    assert (circle.what, circle.n, circle.examples) == ("circles of parents", 1, ["X:1 -> X:2 -> X:1"])


def test_difference():
    new = KnowledgeBase(
        [
            Concept("HP:1", "All"),
            Concept("HP:2", "Gouty arthritis", ("Gout", "Podagra"), alt_ids=("HP:3",)),
            Concept("HP:4", "Fever"),
            Concept("HP:9", "Rash"),
        ]
    )
    found = difference(KB, new)
    assert found.added == ["HP:9"]
    assert found.removed == ["MONDO:5"]
    assert found.merged == {"HP:3": "HP:2"}
    assert found.renamed == {"HP:2": ("Gout", "Gouty arthritis")}
    assert found.names_gained == [("HP:2", "gouty arthritis"), ("HP:2", "podagra")]
    assert found.names_lost == []
    assert difference(KB, KB) == type(found)()


def test_findings():
    kb = KnowledgeBase(
        [
            Concept("HP:1", "Cold", ("---", "C"), parents=("HP:7",), xrefs=("HP:9", "UMLS:C0000001")),
            Concept("HP:2", "Common cold", ("Cold", "17")),
        ]
    )
    assert {one.what.split(",")[0]: one.examples for one in findings(kb)} == {
        "names of several concepts (homonyms)": ["cold: HP:1, HP:2"],
        "names without a letter or a digit": ["HP:1 '---'"],
        "names that are one letter or a number": ["HP:1 'C'", "HP:2 '17'"],
        "parents that are not there": ["HP:1 -> HP:7"],
        "cross-references that are not there": ["HP:1 -> HP:9"],
    }
    assert not findings(KnowledgeBase([Concept("HP:1", "Gout")]))
