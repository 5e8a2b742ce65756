import math
from random import Random

import pytest

from angel_spacy.errors import TrainingError
from angel_spacy.training.divergence import DivergenceWatch


@pytest.mark.parametrize("losses", [[2.0] * 60 + [math.nan], [2.0] * 60 + [math.inf], [2.0] * 250 + [30.0] * 80])
def test_the_watch_sees_what_is_no_number_and_what_rises(losses):
    watch = DivergenceWatch()
    with pytest.raises(TrainingError, match="diverge"):
        _ = [watch.see(loss, step) for step, loss in enumerate(losses)]


def test_the_watch_lets_a_mixture_be_whose_sources_differ():
    watch = DivergenceWatch()
    for step in range(800):
        watch.see((1.4, 4.4, 3.9, 2.0)[step // 16 % 4], step)


@pytest.mark.parametrize("seed", range(20))
def test_the_watch_lets_a_mixture_be_that_is_learnt_in_part(seed):
    rng, watch = Random(seed), DivergenceWatch()
    for step in range(5000):
        if step % 16 == 0:
            (loss,) = rng.choices((0.06, 0.35, 2.4, 0.9), (0.3, 0.35, 0.15, 0.2))
        watch.see(loss * rng.uniform(0.5, 1.5), step)


def test_the_watch_lets_a_run_be_that_falls_with_spikes():
    watch = DivergenceWatch()
    for step in range(2000):
        watch.see(9 / (1 + step / 100) + (8 if step % 100 == 0 else 0), step)
