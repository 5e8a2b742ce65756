"""What negative samples give: positive training alone against stages 2 and 4, from one stage-1 generator, by seeds.

python scripts/ablation.py configs/generator-cpu.cfg --start training/cpu/broaden/generator --output training/ablation

For each seed: `full` = stage 2, stage 3, stage 4; `positive` = stage 3 and, in place of stages 2 and 4, as many more
steps of stage 3 as take the same time (the speeds are those of the two runs themselves). The other rows change one
thing about stage 4 and share their seed's stage 3 with each other, with a control of their own. Nothing is chosen on
dev in here: every run ends where its settings say. A run that was stopped goes on; finished ones are kept.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from angel_spacy.models.generator import Generator
from angel_spacy.training.__main__ import overrides
from angel_spacy.training.recipe import Recipe, read_recipe
from angel_spacy.training.run import Run, use_threads
from angel_spacy.training.sections import PositiveStage, Training

Judged = dict[str, list[bool]]  # dev set -> right or wrong, mention by mention

ROWS: dict[str, dict[str, Any]] = {
    "as in full": {},
    "TF-IDF negatives": {"source": "similar"},
    "all pairs": {"every": True},
    "top 10": {"top": 10},
    "missed mentions left out": {"missed": False},
    "off-policy": {"on_policy": False},
}


@dataclass(frozen=True)
class Sizes:
    """How much of everything a run gets."""

    finetune_steps: int
    n_pairs: int  # of stage 2
    n_chunks: int  # that the mentions are dealt to
    used_chunks: int  # that stage 4 uses


class Experiment:
    """The runs of one seed in a folder of their own."""

    def __init__(self, base: Run, start: Path, folder: Path, sizes: Sizes, seed: int) -> None:
        self._base, self._recipe = base, replace(base.recipe, training=Training(seed))
        self._start, self._folder, self._sizes = start, folder / f"seed-{seed}", sizes

    def full(self) -> Judged:
        """Stages 2, 3 and 4."""
        return self._judged("full", ["negatives", "finetune", "prefer"], self._start, {})

    def positive(self) -> Judged:
        """Stage 3, longer by what stages 2 and 4 of `full` took."""
        return self._judged("positive", ["finetune"], self._start, {"steps": self._equal_steps("full")})

    def row(self, name: str) -> Judged:
        """Stage 4 with one setting changed, behind the seed's own stage 3."""
        return self._judged(f"row {name}", ["prefer"], self._shared(), ROWS[name])

    def row_control(self) -> Judged:
        """Stage 3 gone on with for as long as stage 4 takes."""
        steps = self._equal_steps("row as in full") - self._sizes.finetune_steps
        return self._judged("row control", ["finetune"], self._shared(), {"steps": steps})

    def _shared(self) -> Path:
        self._judged("shared", ["finetune"], self._start, {})
        return self._folder / "shared" / "finetune" / "generator"

    def _judged(self, name: str, stages: Sequence[str], start: Path, changed: Mapping[str, Any]) -> Judged:
        path = self._folder / name / "judged.json"
        if not path.exists():
            run = Run(self._planned(name, stages, changed), data=self._base.data)
            before = start
            for stage in stages:
                target = run.folder(stage) / "generator"
                if not target.exists():
                    run.stage(stage, before)
                before = target
            judged = self._base.dev.judged(Generator.from_folder(before))
            path.write_text(json.dumps(judged), encoding="utf8")
        found: Judged = json.loads(path.read_text(encoding="utf8"))
        return found

    def _planned(self, name: str, stages: Sequence[str], changed: Mapping[str, Any]) -> Recipe:
        """The recipe with this run's sizes, no dev sets to choose by, and its own output folder."""
        sizes, planned = self._sizes, {}
        for stage in stages:
            settings = self._recipe.stages[stage]
            if isinstance(settings, PositiveStage):
                steps = changed.get("steps", sizes.finetune_steps)
                planned[stage] = replace(settings, steps=steps)
            else:
                pairs = replace(settings.pairs, patience=0, n_pairs=sizes.n_pairs)
                if stage == "prefer":
                    pairs = replace(pairs, n_chunks=sizes.n_chunks, stop_after=sizes.used_chunks, **changed)
                planned[stage] = replace(settings, pairs=pairs)
        paths = replace(self._recipe.paths, output=str(self._folder / name))
        return replace(self._recipe, paths=paths, stages=planned, dev={})

    def _equal_steps(self, name: str) -> int:
        """Steps of stage 3 that take as long as all stages of the run `name`, at the speed of the seed's stage 3."""
        metrics = [_read(path) for path in sorted((self._folder / name).glob("**/metrics.json"))]
        seconds = sum(m.get("mining_seconds", 0) + m.get("learning_seconds", 0) for m in metrics)
        finetune = self._recipe.stages["finetune"]
        assert isinstance(finetune, PositiveStage)
        own = "full" if name == "full" else "shared"
        speed = _read(self._folder / own / "finetune" / "metrics.json")["examples_per_second"]
        return self._sizes.finetune_steps + round(seconds * speed / finetune.batch_size)


def difference(a: Sequence[Judged], b: Sequence[Judged], *, n_resamples: int = 10_000) -> tuple[float, float, float]:
    """Mean over seeds and dev sets of accuracy `a` minus `b`, with its 95% bootstrap interval, in points.

    Seeds are drawn anew, and within each set mentions are: the same mentions of both sides.
    """
    rng = np.random.default_rng(0)
    sets = list(a[0])
    pairs = list(zip(a, b, strict=True))
    gaps = {name: np.array([np.subtract(x[name], y[name], dtype=float) for x, y in pairs]) for name in sets}
    drawn = np.zeros(n_resamples)
    for i in range(n_resamples):
        seeds = rng.integers(len(a), size=len(a))
        for gap in gaps.values():
            by_mention = gap[seeds].mean(0)
            drawn[i] += by_mention[rng.integers(len(by_mention), size=len(by_mention))].mean() / len(sets)
    mean = float(np.mean([gap.mean() for gap in gaps.values()]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return 100 * mean, 100 * float(low), 100 * float(high)


def line(name: str, runs: Sequence[Judged], control: Sequence[Judged] | None) -> dict[str, Any]:
    """A row of the table: accuracy by set (mean over seeds, and each seed), and the gain over the control."""
    found: dict[str, Any] = {"row": name}
    for dev_set in runs[0]:
        by_seed = [100 * float(np.mean(run[dev_set])) for run in runs]
        found[dev_set] = {"n": len(runs[0][dev_set]), "mean": float(np.mean(by_seed)), "seeds": by_seed}
    if control is not None:
        found["gain"], *found["ci95"] = difference(runs, control)
    return found


def show(table: Sequence[Mapping[str, Any]]) -> None:
    """Prints the table as Markdown."""
    sets = [key for key, value in table[0].items() if isinstance(value, dict)]
    heads = [f"{name} (n {table[0][name]['n']})" for name in sets]
    print(f"| | {' | '.join(heads)} | gain over control, 95% interval |")
    print("|---" * (len(sets) + 2) + "|")
    for row in table:
        cells = [f"{row[name]['mean']:.1f} ({', '.join(f'{x:.1f}' for x in row[name]['seeds'])})" for name in sets]
        gain = f"{row['gain']:+.2f} ({row['ci95'][0]:+.2f} to {row['ci95'][1]:+.2f})" if "gain" in row else ""
        print(f"| {row['row']} | {' | '.join(cells)} | {gain} |")


def check_sizes(sizes: Sizes, start: Path, folder: Path) -> None:
    """Ends the program when `folder` holds runs of other sizes or from another start."""
    path, now = folder / "sizes.json", {**asdict(sizes), "start": str(start)}
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and _read(path) != now:
        raise SystemExit(f"{folder} holds runs with {_read(path)}: give another --output, or delete it.")
    path.write_text(json.dumps(now) + "\n", encoding="utf8")


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return found


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--start", type=Path, required=True, help="the generator behind stage 1")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--rows", choices=["no", "too", "only"], default="no", help="the rows about stage 4")
    parser.add_argument("--finetune-steps", type=int, default=300)
    parser.add_argument("--pairs", type=int, default=2000, help="of stage 2")
    parser.add_argument("--chunks", type=int, nargs=2, default=[8, 3], help="that mentions are dealt to, and used")
    parser.add_argument("--threads", type=int, default=0)
    given, rest = parser.parse_known_args()
    use_threads(given.threads)
    base = Run(read_recipe(given.config, overrides(rest)))
    sizes = Sizes(given.finetune_steps, given.pairs, *given.chunks)
    check_sizes(sizes, given.start, given.output)
    each = [Experiment(base, given.start, given.output, sizes, seed) for seed in given.seeds]
    table: list[dict[str, Any]] = []
    if given.rows != "only":
        full = [one.full() for one in each]
        control = [one.positive() for one in each]
        table += [line("positive only, equal time", control, None), line("stages 2 and 4", full, control)]
    if given.rows != "no":
        rows = {name: [one.row(name) for one in each] for name in ROWS}
        control = [one.row_control() for one in each]
        table.append(line("stage 3 longer (control of the rows below)", control, None))
        table += [line(f"stage 4 alone, {name}", runs, control) for name, runs in rows.items()]
    show(table)
    (given.output / "table.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
