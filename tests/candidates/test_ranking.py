from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.candidates.index import NameIndex
from angel_spacy.candidates.ranking import rank_concepts
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.toy import toy_generator
from angel_spacy.records import Hypothesis

PROMPTER = toy_generator().prompter
KB = KnowledgeBase(
    [Concept("D1", "Gout", ("podagra", "ua"), types=("Disease",)), Concept("D2", "Fever"), Concept("D3", "UA")]
)
INDEX = NameIndex.build(KB, PROMPTER)
LEAF = {INDEX.name(leaf): leaf for leaf in range(len(INDEX.trie))}


def reached(*pairs, n_tokens=2):
    # `probability` a token
    return [Hypothesis(LEAF[name], n_tokens * log(probability), n_tokens) for name, probability in pairs]


def ranked(*pairs, n=10):
    return rank_concepts(reached(*pairs), INDEX, KB, n)


def test_a_concept_counts_by_its_best_name():
    first, second = ranked(("gout", 0.4), ("fever", 0.3), ("podagra", 0.2))
    assert (first.concept_id, first.name, first.generated_name, first.types) == ("D1", "Gout", "gout", ("Disease",))
    assert first.probability == pytest.approx(0.4)
    assert first.score == pytest.approx(log(0.4))
    assert (second.concept_id, second.probability) == ("D2", pytest.approx(0.3))


@given(st.lists(st.tuples(st.sampled_from(sorted(LEAF)), st.floats(1e-6, 1.0)), unique_by=lambda pair: pair[0]))
def test_the_number_beside_a_concept_is_what_it_is_ordered_by(pairs):
    found = ranked(*sorted(pairs, key=lambda pair: -pair[1]))
    numbers = [candidate.probability for candidate in found]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers == pytest.approx([exp(candidate.score) for candidate in found])


def test_a_shared_name_counts_for_each_of_its_concepts_the_preferred_first():
    found = ranked(("ua", 0.5), ("fever", 0.1))
    assert [candidate.concept_id for candidate in found] == ["D3", "D1", "D2"]
    assert [round(candidate.probability, 3) for candidate in found] == [0.5, 0.5, 0.1]


def test_as_many_as_asked_for_and_none_of_none():
    assert [candidate.concept_id for candidate in ranked(("ua", 0.5), ("fever", 0.1), n=1)] == ["D3"]
    assert ranked() == []


def test_a_probability_is_never_above_one():
    (found,) = rank_concepts([Hypothesis(LEAF["fever"], 1e-7, 1)], INDEX, KB, 5)
    assert found.probability == 1.0 < exp(1e-7)
