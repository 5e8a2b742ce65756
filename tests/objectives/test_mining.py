import pytest

from angel_spacy.objectives.mining import ranked_pairs


@pytest.mark.parametrize(
    ("right", "pairs"),
    [
        ([True, False, False], [(0, 1)]),  # the first is right: it and the best wrong one
        ([True, True, False], [(0, 2)]),
        ([False, True, False], [(1, 0)]),  # right further down: with each wrong one above it
        ([False, False, True], [(2, 0), (2, 1)]),
        ([True, False, True], [(0, 1), (2, 1)]),
        ([False, True, True], [(1, 0), (2, 0)]),
        ([False, False], [(-1, 0)]),  # nothing right: a gold name that was not reached, with the first
        ([True, True], []),  # nothing wrong, or nothing at all: nothing to learn
        ([True], []),
        ([], []),
    ],
)
def test_the_pairs_of_a_ranking(right, pairs):
    assert ranked_pairs(right) == pairs


def test_with_every_pair_each_right_name_meets_each_wrong_one_and_missed_ones_can_be_left_out():
    assert ranked_pairs([True, False, True, False], every=True) == [(0, 1), (0, 3), (2, 1), (2, 3)]
    assert ranked_pairs([False, False], every=True) == [(-1, 0)]
    assert ranked_pairs([False, False], missed=False) == []
