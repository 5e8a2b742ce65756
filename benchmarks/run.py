r"""All speed benchmarks with one command: one table, one JSON file.

    python benchmarks/run.py --corpus corpus/ncbi_disease/dev.pubtator --kb kb/medic --abstracts abstracts.jsonl \
        --aliases corpus/ncbi_disease/train.pubtator --scale-kb kb/merged --scale-kb kb/phenotype --output all.json
    python benchmarks/run.py --quick --corpus ... --kb ... --abstracts ...

Each script runs alone in a process of its own, one after the other; a script that fails is named and the others run.
Without `--quick` the scripts' own sizes hold, with 4 million names: nmslib and the names alone take minutes each.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from machine import describe

FOLDER = Path(__file__).parent
FAST_MODE = "precision=int8,beam_width=5,beam_margin=6,exact_match=skip"

# What the table shows, as paths into each script's figures; `*` is every key.
SHOWN = {
    "decode": (
        "ratio.*",
        "identical",
        "beam.*.mentions/s.*",
        "beam.*.accuracy.*.acc@1",
        "beam.*.over_floor.*.over_floor",
    ),
    "scispacy_way": (
        "ratio.*",
        "scispacy.build_s",
        "scispacy.mentions/s",
        "scispacy.one_by_one_mentions/s",
        "scispacy.acc@1",
        "scispacy.resident_mb",
        "scispacy.disk_mb",
        "exhaustive.acc@1",
        "exhaustive.mentions/s",
        "ours.build_s",
        "ours.resident_mb",
        "ours.disk_mb",
    ),
    "trie": tuple(f"*.{field}" for field in ("build_s", "peak_mb", "disk_mb", "open_s", "open_mb", "lookups/s")),
    "annotate": ("ratio.*", "*.abstracts/s", "*.share.*", "peak_mb"),
    "processes": ("one_process", "second_adds", "second_adds_share"),
    "large": ("build.*", "build.disk_mb.*", "open.*"),
    "scaling": ("names.*.*", "width.*.*", "batch.*.*", "threads.*.*"),
    "synthetic": ("made.*", "given.*"),
}


def jobs(arguments: argparse.Namespace, folder: Path) -> dict[str, list[str]]:
    """The arguments of each script that has what it needs."""
    kb, corpus = ["--kb", str(arguments.kb)], str(arguments.corpus)
    aliases = [part for path in arguments.aliases for part in ("--aliases", str(path))]
    scale = [part for path in arguments.scale_kb or [arguments.kb] for part in ("--kb", str(path))]
    threads = ["--threads", str(arguments.threads)] if arguments.threads else []
    found = {
        "decode": ["--corpus", corpus, *kb, *aliases, *threads, "--margin", str(arguments.margin)],
        "scispacy_way": [corpus, *kb, *aliases, "--abbreviations"],
        "trie": scale,
        "large": scale,
        "scaling": ["--corpus", corpus, *scale],
        "synthetic": [str(folder / "synthetic.jsonl"), *scale],
    }
    if arguments.abstracts:
        own = (
            [] if arguments.quick else kb
        )  # scispaCy's index of a real KB takes minutes: the pipeline's own is smaller
        pipeline = [str(arguments.abstracts), "--pipeline", arguments.pipeline, *own]
        modes = ["--mode", "precision=float32", "--mode", "precision=bfloat16", "--mode", FAST_MODE]
        found["annotate"] = [*pipeline, *threads, *modes, "--scispacy"]
        found["processes"] = pipeline
    sizes = QUICK if arguments.quick else FULL
    return {name: [*given, *sizes[name].split()] for name, given in found.items()}


QUICK = {
    "decode": "--limit 64 --repeats 2 --articles 10",
    "scispacy_way": "--n-concepts 500 --limit 100 --repeats 1",
    "trie": "--n-names 20000 --lookups 2000",
    "scaling": "--names 1000 10000 --n-names 10000 --widths 1 5 --batches 8 64 --threads 1 --limit 64 --repeats 1",
    "synthetic": "--n-names 20000 --n-concepts 8000",
    "large": "--synthetic 20000",
    "annotate": "--limit 20 --rounds 1",
    "processes": "--limit 10 --processes 1 2",
}
FULL = {
    "decode": "--beam 5 10 --large",
    "scispacy_way": "",
    "trie": "--synthetic 4000000",
    "scaling": "",
    "synthetic": "",
    "large": "",
    "annotate": "--rounds 3",
    "processes": "",
}


def run(script: str, given: Sequence[str], folder: Path) -> dict[str, Any]:
    """The figures of a script, or what went wrong."""
    output, started = folder / f"{script}.json", time.perf_counter()
    command = [sys.executable, str(FOLDER / f"{script}.py"), *given, "--output", str(output)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        return {"failed": f"{' '.join(command)} ended with {done.returncode}, see above"}
    figures: dict[str, Any] = json.loads(output.read_text(encoding="utf8"))
    return {**figures, "script_seconds": time.perf_counter() - started}


def rows(script: str, figures: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(script, figure, value) of what the table shows."""
    if "failed" in figures:
        yield script, "failed", figures["failed"]
    for path in SHOWN[script]:
        yield from ((script, name, value) for name, value in _found(figures, path.split(".")))


def _found(figures: Any, path: Sequence[str], name: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(figures, dict):
        if not path or isinstance(figures, str):  # a word in the place of figures, as "does not fit", says it all
            yield name, f"{figures:,.4g}" if isinstance(figures, float) else str(figures)
        return
    keys = [] if not path else [path[0]] if path[0] != "*" else [key for key in figures if key != "machine"]
    for key in keys:
        if key in figures:
            yield from _found(figures[key], path[1:], f"{name}: {key}" if name else key)


def show(table: Mapping[str, Mapping[str, Any]]) -> None:
    """Prints the table as Markdown."""
    print("| script | figure | value |\n|---|---|---|")
    shown = dict.fromkeys(row for script, figures in table.items() for row in rows(script, figures))
    for script, figure, value in shown:
        print(f"| {script} | {figure} | {value} |")


def main() -> None:
    """The command line."""
    arguments = _parse()
    table: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory() as folder:
        for script, given in jobs(arguments, Path(folder)).items():
            if not arguments.only or script in arguments.only:
                print(f"{script} ...", file=sys.stderr, flush=True)
                table[script] = run(script, given, Path(folder))
    show(table)
    if arguments.output:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        figures = {**table, "quick": arguments.quick, "machine": describe()}
        arguments.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="annotated corpus that the mentions come from")
    parser.add_argument("--kb", type=Path, required=True, help="KB folder to link to")
    parser.add_argument("--aliases", type=Path, action="append", default=[], help="corpus whose mentions become names")
    parser.add_argument("--scale-kb", type=Path, action="append", default=[], help="KB folders that are enlarged")
    parser.add_argument("--abstracts", type=Path, help="texts for `annotate.py` (default: it is left out)")
    parser.add_argument("--pipeline", default="starter", help="for `annotate.py`: folder, package or `starter`")
    parser.add_argument("--margin", type=float, default=6.0, help="nats, for `decode.py`")
    parser.add_argument("--threads", type=int, default=0, help="for `decode.py` and `annotate.py`")
    parser.add_argument("--only", nargs="+", choices=sorted(SHOWN), help="only these scripts")
    parser.add_argument("--quick", action="store_true", help="small sizes: some minutes, figures that say little")
    parser.add_argument("--output", type=Path, help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
