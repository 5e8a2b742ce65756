"""An article that kills its worker is found, and no other one is blamed."""

from pathlib import Path

import pytest

from angel_spacy.annotation.shards.tries import PLAIN_TRIES, Tries


class DiedError(Exception):
    """The worker is gone."""


def run_until_done(tries: Tries, n_articles: int, deadly: set[int], deaths_at: dict[int, int]) -> tuple[int, set[int]]:
    """How many tries a shard takes, as a worker tries it, and which articles are given up. `deaths_at`: how often a
    worker dies at an article by mere chance, when it is tried alone."""
    for n in range(1, 100):
        try:
            n_before = tries.begin()
            if n_before >= PLAIN_TRIES and not tries.is_all_tried:
                for place in range(tries.next_alone(), n_articles):
                    tries.begin_alone(place)
                    if place in deadly or deaths_at.get(place, 0) > 0:
                        deaths_at[place] = deaths_at.get(place, 0) - 1
                        raise DiedError
                tries.end_alone()
            if deadly - tries.deadly():
                raise DiedError
            return n, set(tries.deadly())
        except DiedError:
            continue
    raise AssertionError("it never ends")


@pytest.mark.parametrize("deadly", [set(), {0}, {4}, {9}, {2, 3}])
def test_articles_that_always_kill_are_given_up(tmp_path: Path, deadly: set[int]):
    n_tries, given_up = run_until_done(Tries(tmp_path / "tries"), 10, deadly, {})
    assert given_up == deadly
    assert n_tries <= 1 + PLAIN_TRIES + 3 * len(deadly)


def test_who_was_there_when_a_worker_was_killed_by_chance_is_not_blamed(tmp_path: Path):
    _, given_up = run_until_done(Tries(tmp_path / "tries"), 10, {7}, {1: 2, 5: 2})
    assert given_up == {7}


def test_a_shard_that_is_done_is_forgotten(tmp_path: Path):
    tries = Tries(tmp_path / "tries")
    assert [tries.begin(), tries.begin()] == [0, 1]
    tries.forget()
    assert tries.begin() == 0
