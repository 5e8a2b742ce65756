from collections import Counter
from math import log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import knowledge_base

from angel_spacy.candidates.lexical import Neighbours
from angel_spacy.objectives.names import names_by_row
from angel_spacy.training.pairs import lookalike_pairs

NAMES = [
    ["renal failure", "kidney failure", "renal insufficiency"],
    ["heart failure", "cardiac failure", "cold"],
    ["liver failure", "hepatic failure"],
    ["common cold", "cold"],
    ["gout", "podagra"],
]

words = st.text("abc ", min_size=1, max_size=7).map(lambda name: " ".join(name.split())).filter(bool)
tables = st.lists(st.lists(words, max_size=4, unique=True), max_size=7)


def rows_of(name, names=NAMES):
    return {row for row, own in enumerate(names) if name in own}


def cosines(query, names):
    """Name -> cosine, for names of other rows; scikit-learn's smoothed IDF, written out."""
    distinct = {name for own in names for name in own}

    def counts(name):
        return Counter(f" {name} "[i : i + 3] for i in range(len(name)))

    documents = Counter(gram for name in distinct for gram in counts(name))

    def vector(name):
        weighted = {
            gram: n * (log((1 + len(distinct)) / (1 + documents[gram])) + 1)
            for gram, n in counts(name).items()
            if gram in documents
        }
        length = sqrt(sum(value**2 for value in weighted.values()))
        return {gram: value / length for gram, value in weighted.items()}

    own, asked = rows_of(query, names), vector(query)
    found = {}
    for name in distinct:
        if not own & rows_of(name, names) and name != query:
            found[name] = sum(value * asked.get(gram, 0) for gram, value in vector(name).items())
    return {name: cosine for name, cosine in found.items() if cosine > 0}


@given(tables, st.integers(1, 6))
def test_the_nearest_names_are_those_of_comparing_all(names, k):
    queries = sorted({name for own in names for name in own})
    for query, found in zip(queries, Neighbours(names).nearest(queries, k), strict=True):
        expected = cosines(query, names)
        best = sorted(expected.values(), reverse=True)[:k]
        assert [expected[name] for name in found] == pytest.approx(best, abs=1e-5)
        assert len(set(found)) == len(found)


@given(tables)
def test_a_shortlist_leaves_the_laws_as_they_are(names):
    queries = sorted({name for own in names for name in own})
    hurried = Neighbours(names, budget=3, shortlist=1).nearest(queries, 2)
    for query, found in zip(queries, hurried, strict=True):
        expected = cosines(query, names)
        assert set(found) <= set(expected)
        assert len(set(found)) == len(found) <= 2


def test_the_rarest_trigram_of_a_query_is_compared_whatever_the_budget():
    assert list(Neighbours([["gout"], ["scout"]], budget=0).nearest(["outs"])) == [["gout", "scout"]]


def test_names_of_one_row_are_no_neighbours():
    (found,) = Neighbours(NAMES).nearest(["renal failure"])
    assert set(found) == {"liver failure", "heart failure", "hepatic failure", "cardiac failure"}
    assert not set(found) & set(NAMES[0])


def test_a_homonym_has_no_neighbours_in_any_of_its_rows():
    (found,) = Neighbours(NAMES).nearest(["cold"], 50)
    assert not set(found) & {*NAMES[1], *NAMES[3]}
    (of_the_other,) = Neighbours([["cold"], ["cold", "common cold"], ["old cold"]]).nearest(["common cold"])
    assert of_the_other == ["old cold"]


def test_an_unknown_query_belongs_to_no_row():
    assert next(Neighbours(NAMES).nearest(["podagras"]))[0] == "podagra"


def test_equal_names_stand_in_alphabetical_order():
    assert list(Neighbours([["ab"], ["abz"], ["aby"], ["abx"]]).nearest(["ab"])) == [["abx", "aby", "abz"]]


def test_there_are_no_more_neighbours_than_names_alike():
    assert list(Neighbours([["gout"], ["gouty"], ["zzz"]]).nearest(["gout", "zzz"], 5)) == [["gouty"], []]


def test_many_queries_are_answered_in_their_order():
    queries = ["gout", "renal failure"] * 300
    found = list(Neighbours(NAMES).nearest(queries, 1))
    assert found == list(Neighbours(NAMES).nearest(queries[:2], 1)) * 300


def test_nothing_is_near_to_anything_in_an_empty_table():
    assert list(Neighbours([]).nearest(["gout"])) == [[]]
    assert lookalike_pairs([], [], 5, seed=0) == []
    assert lookalike_pairs([[], []], [1.0, 1.0], 5, seed=0) == []
    assert lookalike_pairs(NAMES, [1.0] * 5, 0, seed=0) == []


def test_a_pair_prefers_a_name_of_the_concept_to_one_that_no_gold_concept_has():
    pairs = lookalike_pairs(NAMES, [1.0] * len(NAMES), 400, seed=1)
    assert len(pairs) > 100
    for pair in pairs:
        assert (pair.start, pair.end) == (0, len(pair.text))
        assert pair.text
        assert pair.chosen != pair.rejected
        mention_rows = rows_of(pair.text)  # empty where noise has changed the name
        assert not mention_rows or mention_rows & rows_of(pair.chosen)
        assert not mention_rows & rows_of(pair.rejected)
    assert {pair.chosen for pair in pairs} == {name for own in NAMES[:3] for name in own}  # the others are like nothing
    assert any(not rows_of(pair.text) for pair in pairs)
    assert any(pair.text == pair.chosen for pair in pairs)


def test_noise_that_makes_another_known_name_is_not_used():
    names = [["gout"], ["gouts"], ["gouty"]]
    pairs = lookalike_pairs(names, [1.0, 0.0, 0.0], 200, seed=0)
    assert {pair.chosen for pair in pairs} == {"gout"}
    assert not {pair.text for pair in pairs} & {"gouts", "gouty"}
    assert {pair.rejected for pair in pairs} == {"gouts", "gouty"}


def test_only_the_nearest_are_rejected():
    pairs = lookalike_pairs([["gout"], ["gouty"], ["scout group"]], [1.0, 0.0, 0.0], 50, seed=0, k=1)
    assert {pair.rejected for pair in pairs} == {"gouty"}


@given(tables, st.integers(0, 3))
def test_rejected_names_are_never_names_of_the_concept(names, seed):
    for row in range(len(names)):
        weights = [float(i == row) for i in range(len(names))]
        for pair in lookalike_pairs(names, weights, 4, seed=seed):
            assert pair.chosen in names[row]
            assert pair.rejected not in names[row]


def test_the_same_seed_gives_the_same_pairs():
    names = names_by_row(knowledge_base())
    one, same, other = (lookalike_pairs(names, [1.0] * 6, 30, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
