"""The scripts of benchmarks/ as modules, and a small knowledge base for them."""

import importlib
import json
import sys
from pathlib import Path

import pytest
import torch

from angel_spacy.kb import read_kb

ROOT = Path(__file__).parents[2]
TOY = ROOT / "configs" / "toy"


@pytest.fixture(scope="module")
def benchmark():
    """Imports a script by name."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield importlib.import_module
    sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(autouse=True)
def _threads_as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def kb_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kb")
    read_kb("jsonl", TOY / "everything.jsonl").to_disk(folder)
    return folder


@pytest.fixture
def figures(monkeypatch, tmp_path):
    """(script, arguments) -> what it wrote."""

    def run(module, *arguments):
        output = tmp_path / "figures" / "out.json"
        monkeypatch.setattr(sys, "argv", ["benchmark", *map(str, arguments), "--output", str(output)])
        module.main()
        return json.loads(output.read_text())

    return run
