"""Wider, narrower, siblings: by parents and by MeSH's tree numbers."""

import pytest

from angel_spacy.evaluation.relations import Hierarchy
from angel_spacy.kb import Concept, KnowledgeBase

PARENTS = [
    Concept("D1", "neoplasms"),
    Concept("D2", "breast neoplasms", parents=("D1",), alt_ids=("OMIM:114480",)),
    Concept("D3", "lung neoplasms", parents=("D1",)),
    Concept("D4", "breast carcinoma in situ", parents=("D2",)),
    Concept("D5", "gout"),
]
TREE = [
    Concept("D1", "neoplasms", types=("C04",)),
    Concept("D2", "breast neoplasms", alt_ids=("OMIM:114480",), types=("C04.588", "C17.800")),
    Concept("D3", "lung neoplasms", types=("C04.700",)),
    Concept("D4", "breast carcinoma in situ", types=("C04.588.180",)),
    Concept("D5", "gout", types=("C05",)),
]


@pytest.mark.parametrize("concepts", [PARENTS, TREE])
@pytest.mark.parametrize(
    ("gold", "answer", "relation"),
    [
        ("D2", "D1", "wider"),
        ("D4", "D1", "wider"),
        ("OMIM:114480", "D4", "narrower"),
        ("D2", "D3", "sibling"),
        ("D2", "D5", ""),
        ("D4", "D3", ""),
        ("D2", "X:1", ""),
    ],
)
def test_what_the_answer_is_to_the_gold_concept(concepts, gold, answer, relation):
    assert Hierarchy(KnowledgeBase(concepts)).relation([gold], [answer]) == relation


def test_a_circle_of_parents_ends():
    kb = KnowledgeBase([Concept("D1", "a", parents=("D2",)), Concept("D2", "b", parents=("D1",))])
    assert Hierarchy(kb).relation(["D1"], ["D2"]) == "wider"
