"""The synthetic vocabulary: the same bytes for the same seed, distinct names, read back by the reader."""

import importlib
import json
import sys
from pathlib import Path

import pytest

from angel_spacy.kb import KnowledgeBase, get_normaliser, read_kb

ROOT = Path(__file__).parents[2]
REAL = ["acute renal failure", "renal cell carcinoma", "gout", "familial gout", "hepatic fibrosis of the newborn"]


@pytest.fixture(scope="module")
def benchmark():
    """Imports a script by name."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield importlib.import_module
    sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def made(benchmark):
    """(names to recombine, names, concepts, seed) -> concepts."""
    vocabulary = benchmark("vocabulary")

    def make(names, n_names, n_concepts, seed=0):
        return list(vocabulary.stream(names, vocabulary.Recipe(n_names, n_concepts, seed)))

    return make


@pytest.mark.parametrize(
    ("names", "n_names", "n_concepts"), [(REAL, 3000, 1000), ([], 3000, 1000), (["a"], 60, 60), (["a"], 60, 1)]
)
def test_as_many_names_and_concepts_as_asked_for_no_name_twice(made, names, n_names, n_concepts):
    concepts = made(names, n_names, n_concepts)
    found = [name for concept in concepts for name in concept.names]
    normalise = get_normaliser(KnowledgeBase().normaliser)
    assert len({concept.concept_id for concept in concepts}) == len(concepts) == n_concepts
    assert len(set(map(normalise, found))) == len(found) == n_names
    assert all(normalise(name) == name != "" for name in found)


def test_one_seed_one_vocabulary(made):
    assert made(REAL, 500, 200, seed=3) == made(REAL, 500, 200, seed=3)
    assert made(REAL, 500, 200, seed=3) != made(REAL, 500, 200, seed=4)


def test_names_are_made_of_the_words_they_were_made_after(made):
    words = {word for name in REAL for word in name.split()}
    found = [name for concept in made(REAL, 300, 300) for name in concept.names]
    known = sum(any(word in words for word in name.split()) for name in found)
    assert known > 0.8 * len(found)


@pytest.mark.parametrize("name", ["made.jsonl", "made.jsonl.gz"])
def test_the_same_bytes_that_the_reader_reads(benchmark, monkeypatch, tmp_path, name):
    synthetic = benchmark("synthetic")
    source = ROOT / "configs" / "toy" / "everything.jsonl"
    for folder in ("one", "two"):
        arguments = [tmp_path / folder / name, "--source", "jsonl", source, "--n-names", 400, "--n-concepts", 150]
        monkeypatch.setattr(sys, "argv", ["synthetic", *map(str, arguments), "--output", str(tmp_path / "out.json")])
        synthetic.main()
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    kb = read_kb("jsonl", tmp_path / "one" / name)
    assert (len(kb), kb.n_names) == (150, 400)
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["made"]["names"] == 400
    assert figures["given"]["words"] >= 1


def test_a_recipe_that_cannot_be_is_refused(benchmark):
    with pytest.raises(SystemExit, match="one or more"):
        benchmark("vocabulary").Recipe(3, 4)
