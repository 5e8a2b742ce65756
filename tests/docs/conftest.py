import shutil
from pathlib import Path

import pytest
from samples import CONCEPTS, write_samples

import angel_spacy
from angel_spacy import pipelines
from angel_spacy._entry import factories, registered, stored
from angel_spacy.kb import KnowledgeBase


@pytest.fixture(scope="session")
def small_starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter with the concepts that the pages speak of, and no others: it is loaded in no time."""
    nlp = angel_spacy.load()
    linker = nlp.get_pipe("angel_linker")
    concepts = [linker.kb[concept_id] for concept_id in CONCEPTS]
    linker.set_kb(KnowledgeBase(concepts, provenance=linker.kb.provenance), calibrated_threshold=0.5)
    folder = tmp_path_factory.mktemp("docs") / "starter"
    nlp.to_disk(folder)
    return folder


@pytest.fixture(scope="session")
def samples(small_starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that pages name."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder, KnowledgeBase.from_disk(small_starter / "angel_linker" / "kb"))
    return folder


@pytest.fixture
def folder(small_starter: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with those files, we being in it; the starter is the small one."""
    monkeypatch.setattr(pipelines, "STARTER_FOLDER", small_starter)
    for module in (factories, registered, stored):
        monkeypatch.setattr(module, "STARTER", small_starter / "angel_linker")
    shutil.copytree(samples, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
