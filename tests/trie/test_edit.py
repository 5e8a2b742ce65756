"""One name more or less: the same arrays as when the trie is packed anew."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.trie.trie import FIELDS, PackedTrie

EOS = 9
NAME = st.lists(st.integers(0, 4), max_size=5).map(lambda name: (*name, EOS))
NAMES = st.lists(NAME, min_size=1, max_size=12, unique=True)
ROWS = st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True)


def built(names, rows):
    return PackedTrie.build(list(names), list(rows))


def assert_same(trie, other):
    for field in FIELDS:
        ours, theirs = getattr(trie, field), getattr(other, field)
        assert ours.dtype == theirs.dtype, field
        assert np.array_equal(ours, theirs), field


@settings(max_examples=400)
@given(NAMES, st.data())
def test_one_name_more(names, data):
    rows = [data.draw(ROWS) for _ in names]
    i = data.draw(st.integers(0, len(names) - 1))
    others = [k for k in range(len(names)) if k != i]
    before = built([names[k] for k in others], [rows[k] for k in others])
    numbers = np.array(others, np.int32)[before.first_input] if others else before.first_input
    before = PackedTrie(**{**{f: getattr(before, f) for f in FIELDS}, "first_input": numbers})
    after = before.with_name(names[i], rows[i], i)
    if others:
        assert_same(after, built(names, rows))
    else:
        assert after is None  # an empty trie is packed anew


@settings(max_examples=400)
@given(NAMES, st.data())
def test_one_name_less(names, data):
    rows = [data.draw(ROWS) for _ in names]
    i = data.draw(st.integers(0, len(names) - 1))
    after = built(names, rows).without_name(names[i])
    others = [k for k in range(len(names)) if k != i]
    if not others:
        assert after is None
        return
    expected = built([names[k] for k in others], [rows[k] for k in others])
    numbers = np.array(others, np.int32)[expected.first_input]
    assert_same(after, PackedTrie(**{**{f: getattr(expected, f) for f in FIELDS}, "first_input": numbers}))


def test_what_cannot_be_edited_is_left_to_a_new_trie():
    trie = built([(1, EOS), (2, EOS)], [[0], [1]])
    assert trie.with_name((1, EOS), [3], 2) is None  # it is there
    assert trie.with_name((70_000, EOS), [3], 2) is None  # no uint16
    assert trie.with_name((*[1] * 300, EOS), [3], 2) is None  # no uint8
    assert trie.without_name((3, EOS)) is None
    assert trie.without_name((1,)) is None
