"""Probabilities against how often they are right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.evaluation.accuracy import Judgement
from angel_spacy.evaluation.sureness import Sureness


def judgement(probability, strict_rank):
    return Judgement("", True, strict_rank, strict_rank, probability=probability)


def test_bins_and_their_error_computed_by_hand():
    sure = Sureness.of([judgement(0.95, 1), judgement(1.0, 1), judgement(0.91, None), judgement(0.35, 2)])
    first, last = sure.reliability()
    assert (first["n"], first["probability"], first["right"]) == (1, pytest.approx(0.35), 0.0)
    assert (last["n"], last["right"]) == (3, pytest.approx(2 / 3))
    assert sure.calibration_error() == pytest.approx((0.35 + 3 * abs((0.95 + 1.0 + 0.91) / 3 - 2 / 3)) / 4)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_bins_hold_every_link_and_curves_fall(pairs):
    sure = Sureness(np.array([p for p, _ in pairs], float), np.array([right for _, right in pairs], bool))
    assert sum(of["n"] for of in sure.reliability()) == len(pairs)
    assert 0.0 <= sure.calibration_error() <= 1.0
    coverage = [point["coverage"] for point in sure.curve()]
    assert coverage == sorted(coverage, reverse=True)


def test_links_that_are_right_as_often_as_they_say_have_no_error():
    sure = Sureness(np.array([0.75] * 4), np.array([True, True, True, False]))
    assert sure.calibration_error() == 0.0
