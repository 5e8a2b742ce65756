"""The simulation of a cluster: what has to hold whatever is drawn."""

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "scripts" / "simulate_run.py"
spec = importlib.util.spec_from_file_location("simulate_run", PATH)
assert spec is not None
simulate_run = importlib.util.module_from_spec(spec)
sys.modules["simulate_run"] = simulate_run
spec.loader.exec_module(simulate_run)
Cluster, simulate = simulate_run.Cluster, simulate_run.simulate


def test_where_nothing_goes_wrong_it_takes_the_ideal_time():
    cluster = Cluster(4, rate=10.0, spread=0.0, slow=0.0, hours_to_death=1e9, start=5.0)
    found = simulate(cluster, n_articles=4000, shard_size=100, seed=0)
    assert found.seconds == pytest.approx(5 + 4000 / 10 / 4)
    assert (found.lost_shards, found.lost_seconds) == (0, 0)


def test_deaths_cost_what_they_lose_and_all_is_done():
    calm = simulate(Cluster(8, 10.0, hours_to_death=1e9), 100_000, 500, seed=1)
    deadly = simulate(Cluster(8, 10.0, hours_to_death=0.1), 100_000, 500, seed=1)
    assert deadly.lost_shards > 0
    assert deadly.seconds > calm.seconds


def test_large_shards_wait_for_the_last_one():
    small, large = (simulate(Cluster(100, 10.0), 1_000_000, size, seed=2).seconds for size in (500, 20_000))
    assert large > 1.2 * small
