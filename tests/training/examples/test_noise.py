from itertools import takewhile
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.training.examples.noise import (
    abbreviate,
    drop_word,
    inverted,
    join_words,
    modified,
    noisy,
    plural,
    typo,
    variant,
    word_order,
)

NAMES = st.lists(st.text("abcdefgy", min_size=1, max_size=9), min_size=1, max_size=5).map(" ".join)
KINDS = [typo, plural, word_order, drop_word, abbreviate, join_words, modified, inverted, noisy, variant]


def common(a, b):
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


@pytest.mark.parametrize("kind", KINDS)
@given(name=NAMES, seed=st.integers(0, 50))
def test_noise_depends_on_the_seed_alone_and_leaves_a_word(kind, name, seed):
    changed = kind(name, Random(seed))
    assert changed == kind(name, Random(seed))
    assert changed.strip()


@given(name=NAMES, seed=st.integers(0, 50))
def test_word_order_keeps_the_words(name, seed):
    assert sorted(word_order(name, Random(seed)).split()) == sorted(name.split())


@given(name=NAMES, seed=st.integers(0, 50))
def test_a_typo_is_one_step_away(name, seed):
    changed = typo(name, Random(seed))
    assert abs(len(changed) - len(name)) <= 1
    shared = common(name, changed) + common(name[::-1], changed[::-1])
    assert shared >= min(len(name), len(changed)) - 2  # a swap touches two characters, the others one


@pytest.mark.parametrize(("singular", "several"), [("tumor", "tumors"), ("deficiency", "deficiencies")])
def test_plural_adds_an_ending(singular, several):
    assert plural(singular, Random(0)) == several


def test_plural_takes_an_ending_away_but_not_that_of_a_greek_word():
    assert plural("tumors", Random(0)) == "tumor"
    assert plural("deficiencies", Random(0)) == "deficiency"
    assert plural("abscess", Random(0)) != "absces"


def test_a_generic_word_goes_first():
    assert {drop_word("chronic kidney failure", Random(seed)) for seed in range(20)} == {"kidney failure"}


def test_initials_of_three_words_or_more():
    assert abbreviate("acute kidney injury", Random(0)) == "aki"
    assert abbreviate("kidney injury", Random(0)) == "kidney injury"


def test_one_space_is_lost():
    assert join_words("beta blocker", Random(0)) == "betablocker"


def test_one_word_stays_as_it_is_where_there_is_nothing_to_do():
    for kind in (word_order, drop_word, join_words, abbreviate):
        assert kind("gout", Random(0)) == "gout"


@given(name=NAMES, seed=st.integers(0, 200))
def test_modifiers_stand_around_the_whole_name(name, seed):
    changed = modified(name, Random(seed))
    assert name in changed
    assert len(changed.split()) > len(name.split())


def test_inversion_goes_both_ways():
    assert inverted("demyelination of the central nervous system", Random(0)) == "central nervous system demyelination"
    found = {inverted("central nervous system demyelination", Random(seed)) for seed in range(20)}
    assert "demyelination of the central nervous system" in found
    assert inverted("gout", Random(0)) == "gout"


def test_names_that_can_be_written_otherwise_often_are():
    found = {noisy("β thalassaemia type ii", Random(seed)) for seed in range(60)}
    assert {"beta thalassaemia type ii", "β thalassemia type ii", "β thalassaemia type 2"} <= found
