"""How long a run over many abstracts takes on a cluster, with slow workers and workers that die: a simulation.

    python scripts/simulate_run.py --rate 12.5 --cores 16 1000

Workers take one shard at a time from what is left. Of each shard the time is drawn around its mean; some workers are
slow for good; each dies now and then, loses the shard that it was at, and is back after a start. What it prints stands
beside `ideal`: all articles at the rate of all workers, nothing ever wrong.
"""

import argparse
import heapq
import math
import random
from dataclasses import dataclass

from wasabi import msg

HOUR = 3600.0


@dataclass(frozen=True)
class Cluster:
    """`rate`: abstracts a second of a worker; `spread`: of the logarithm of a shard's time; `slow` of the workers take
    `slowness` times as long; one dies every `hours_to_death` hours, and takes `start` seconds to begin."""

    workers: int
    rate: float
    spread: float = 0.2
    slow: float = 0.05
    slowness: float = 2.0
    hours_to_death: float = 100.0
    start: float = 30.0


@dataclass(frozen=True)
class Outcome:
    """Seconds from beginning to end, shards that were begun in vain, and seconds of work that they cost."""

    seconds: float
    lost_shards: int
    lost_seconds: float


def simulate(cluster: Cluster, n_articles: int, shard_size: int, seed: int) -> Outcome:
    """A run, shard by shard."""
    rng = random.Random(seed)
    n_left = math.ceil(n_articles / shard_size)
    factors = [cluster.slowness if rng.random() < cluster.slow else 1.0 for _ in range(cluster.workers)]
    free = [(cluster.start, worker) for worker in range(cluster.workers)]
    dies = [rng.expovariate(1 / (cluster.hours_to_death * HOUR)) for _ in range(cluster.workers)]
    end, lost_shards, lost_seconds = 0.0, 0, 0.0
    while n_left and free:
        now, worker = heapq.heappop(free)
        takes = (
            shard_size / cluster.rate * factors[worker] * rng.lognormvariate(-(cluster.spread**2) / 2, cluster.spread)
        )
        if now + takes > dies[worker]:
            lost_shards += 1
            lost_seconds += max(0.0, dies[worker] - now)
            back = max(now, dies[worker]) + cluster.start
            dies[worker] = back + rng.expovariate(1 / (cluster.hours_to_death * HOUR))
            heapq.heappush(free, (back, worker))
            continue
        n_left -= 1
        end = max(end, now + takes)
        heapq.heappush(free, (now + takes, worker))
    return Outcome(end, lost_shards, lost_seconds)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=37_000_000)
    parser.add_argument("--rate", type=float, required=True, help="abstracts a second of one worker (one core)")
    parser.add_argument("--cores", type=int, nargs="+", default=[16, 1000])
    parser.add_argument("--shard-sizes", type=int, nargs="+", default=[500, 5000, 50_000])
    parser.add_argument("--hours-to-death", type=float, nargs="+", default=[100.0, 5.0])
    parser.add_argument("--slow", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    rows = []
    for cores in options.cores:
        ideal = options.articles / options.rate / cores / HOUR
        for size in options.shard_sizes:
            for hours in options.hours_to_death:
                cluster = Cluster(cores, options.rate, slow=options.slow, hours_to_death=hours)
                runs = [simulate(cluster, options.articles, size, seed) for seed in range(options.seeds)]
                times = [one.seconds / HOUR for one in runs]
                lost = sum(one.lost_shards for one in runs) / len(runs)
                again = sum(one.lost_seconds for one in runs) / len(runs) / HOUR
                mean = sum(times) / len(times)
                cells = (
                    f"{mean:.1f}",
                    f"{min(times):.1f}-{max(times):.1f}",
                    f"{ideal:.1f}",
                    f"{100 * ideal / mean:.0f}%",
                )
                rows.append((str(cores), f"{size:,}", f"{hours:g}", *cells, f"{lost:,.0f}", f"{again:,.1f}"))
    slow = f"{options.slow:.0%} of the cores half as fast"
    print(f"{options.articles:,} abstracts at {options.rate:g} a second and core; {slow}")
    header = ("cores", "shard", "h to death", "hours", "range", "ideal", "of ideal", "shards lost", "core-hours lost")
    msg.table(rows, header=header, divider=True, aligns=("r",) * len(header))


if __name__ == "__main__":
    main()
