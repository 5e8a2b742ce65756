r"""A vocabulary of any size with names like real ones, as a source that `angel kb build jsonl` reads.

    python benchmarks/synthetic.py 4m.jsonl --kb kb/merged --kb kb/phenotype --n-names 4000000 --n-concepts 1500000
    python -m spacy angel kb build jsonl 4m.jsonl kb/4m

Names of the KBs given (or, without any, of a small built-in list of words) are recombined:

- word follows word as in the real names (a chain of order 1), so lengths and shared beginnings are theirs;
- a word is new as often as the next word of the real names would be (Good-Turing: the share of words seen once): the
  beginning of one real word and the end of another, joined where they share two letters;
- part of the concepts are relatives of an earlier one: its name with "acute", "of the left", "type 3";
- synonyms turn a name round, exchange one of its words, add such a modifier, or are names of their own.

No two names are the same once normalised. The same names, sizes and seed give the same bytes.
"""

import argparse
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from machine import describe, publish
from vocabulary import Dice, Recipe, built_in_names, stream

from angel_spacy.kb import Concept, KnowledgeBase, read_kb

SAMPLE = 50_000  # names that are tokenised to compare shapes


def write(concepts: Iterable[Concept], path: Path) -> Iterator[Concept]:
    """Writes concepts as JSONL (gzip where the name says so) and passes them on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, _opened(raw, path) as file:
        for concept in concepts:
            file.write(json.dumps({"id": concept.concept_id, "names": concept.names}).encode() + b"\n")
            yield concept


def _opened(raw: IO[bytes], path: Path) -> Any:
    return gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if path.suffix == ".gz" else raw


@dataclass
class Shape:
    """Sums over names; `sample` are some of them, drawn evenly."""

    n: int
    words: int
    characters: int
    sample: list[str]

    @classmethod
    def of(cls, names: Iterable[str], n_sample: int) -> "Shape":
        """Counts, and draws a sample (algorithm R, Vitter 1985)."""
        dice, shape = Dice(1), cls(0, 0, 0, [])
        for name in names:
            shape.n += 1
            shape.words += name.count(" ") + 1
            shape.characters += len(name)
            if len(shape.sample) < n_sample:
                shape.sample.append(name)
            elif (place := dice.below(shape.n)) < n_sample:
                shape.sample[place] = name
        return shape

    def table(self, prompter: Any, n_sample: int) -> dict[str, Any]:
        """Means of a name; `nodes` are those of a trie of `n_sample` of them."""
        figures = {"names": self.n, "words": self.words / self.n, "characters": self.characters / self.n}
        return figures | (tokenised(sorted(self.sample[:n_sample]), prompter) if prompter else {})


def tokenised(names: Sequence[str], prompter: Any) -> dict[str, float]:
    """Tokens a name (EOS too) and trie nodes a name."""
    from angel_spacy.trie.trie import PackedTrie

    sequences = prompter.names(names)
    trie = PackedTrie.build(sequences, [[i] for i in range(len(names))])
    return {"tokens": sum(map(len, sequences)) / len(names), "nodes": trie.n_nodes / len(names)}


def real_names(folders: Iterable[Path], sources: Iterable[Sequence[str]] = ()) -> list[str]:
    """The names of KB folders and of (kind, file) sources, each once, sorted."""
    kbs = [*map(KnowledgeBase.from_disk, folders), *(read_kb(kind, file) for kind, file in sources)]
    return sorted({name for kb in kbs for name in kb.names()})


def run(names: Sequence[str], recipe: Recipe, path: Path, prompter: Any = None) -> dict[str, Any]:
    """Writes the file; the shapes of what was made and of what it was made after."""
    names = names or built_in_names()
    made = Shape.of((name for concept in write(stream(names, recipe), path) for name in concept.names), SAMPLE)
    given = Shape.of(names, SAMPLE)
    n_sample = min(len(made.sample), len(given.sample))
    shapes = {"made": made.table(prompter, n_sample), "given": given.table(prompter, n_sample)}
    return {**shapes, **asdict(recipe), "megabytes": path.stat().st_size / 1e6}


def main() -> None:
    """The command line."""
    arguments = _parse()
    names = real_names(arguments.kb, arguments.source)
    prompter = None
    if arguments.generator:
        from angel_spacy.models.generator import Generator

        prompter = Generator.from_folder(arguments.generator).prompter
    recipe = Recipe(arguments.n_names, arguments.n_concepts, arguments.seed, arguments.relatives)
    publish({**run(names, recipe, arguments.target, prompter), "machine": describe()}, arguments.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, help="the .jsonl or .jsonl.gz to write")
    parser.add_argument("--kb", type=Path, action="append", default=[], help="KB folder whose names to recombine")
    parser.add_argument("--source", nargs=2, action="append", default=[], metavar=("KIND", "FILE"), help="the same")
    parser.add_argument("--n-names", type=int, default=4_000_000)
    parser.add_argument("--n-concepts", type=int, default=1_500_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--relatives", type=float, default=Recipe.relatives, help="concepts named after another")
    parser.add_argument("--generator", type=Path, help="generator folder: also compare tokens and trie nodes a name")
    parser.add_argument("--output", type=Path, help="JSON file of the figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
