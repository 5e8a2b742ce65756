import inspect
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from tiny import tiny_pipeline

import angel_spacy
from angel_spacy import pipelines
from angel_spacy.errors import AngelError, ModelError
from angel_spacy.pipelines import load_pipeline


def test_the_public_names_are_these():
    assert angel_spacy.__all__ == ["AngelError", "Candidate", "LinkedMention", "__version__", "ground", "load"]
    assert all(hasattr(angel_spacy, name) for name in angel_spacy.__all__)
    assert str(inspect.signature(angel_spacy.load)) == "(**kwargs: Any) -> 'Language'"
    assert angel_spacy.__version__ == version("angel-spacy")


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, angel_spacy; print(*{'spacy', 'torch', 'transformers', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_load_is_the_starter_with_the_arguments_of_spacy_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tiny_pipeline().to_disk(tmp_path / "starter")
    monkeypatch.setattr(pipelines, "STARTER_FOLDER", tmp_path / "starter")
    assert angel_spacy.load(exclude=["entity_ruler"]).pipe_names == ["angel_linker"]


def test_an_absent_starter_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pipelines, "STARTER_FOLDER", tmp_path / "absent")
    with pytest.raises(ModelError, match="Install angel-spacy again, or name a pipeline"):
        angel_spacy.load()


def test_a_pipeline_that_is_neither_folder_nor_package_says_what_to_do():
    with pytest.raises(ModelError, match=r"'no_such_pipeline' cannot be loaded .* Give a pipeline folder"):
        load_pipeline("no_such_pipeline")


@pytest.mark.parametrize("damaged", ["config.cfg", "angel_linker/kb/meta.json", "angel_linker/model/config.json"])
def test_a_truncated_pipeline_folder_is_one_of_our_errors(tmp_path: Path, damaged: str):
    tiny_pipeline().to_disk(tmp_path)
    file = tmp_path / damaged
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(AngelError):
        load_pipeline(tmp_path)
