"""What worker processes share with their parent, and how many threads are used."""

import os
import pickle
import subprocess
import sys
from contextlib import suppress

import pytest
import spacy
import torch
from linker_toys import TEXTS, links, ruler_pipeline, with_linker

import angel_spacy.component
from angel_spacy.component.linker import AngelLinker
from angel_spacy.component.threads import MOST_THREADS, torch_threads
from angel_spacy.models.generator import Generator

FORKED = """
import os, sys
sys.path[:0] = {path!r}
from linker_toys import TEXTS, ruler_pipeline, with_linker
from angel_spacy.candidates.index import NameIndex
build, built = NameIndex.build, open({log!r}, "a")
def noted(*args):
    built.write(str(os.getpid()) + " ")
    built.flush()
    return build(*args)
NameIndex.build = noted
if __name__ == "__main__":
    nlp = with_linker(ruler_pipeline(), spelling=False)
    with_linker(ruler_pipeline(), spelling=False).get_pipe("angel_linker")._sources._generated = None  # nothing is read
    assert len(list(nlp.pipe(TEXTS, n_process=2, batch_size=2))) == len(TEXTS)
    print(os.getpid())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_workers_share_the_parents_trie(tmp_path):
    log = tmp_path / "built"
    script = FORKED.format(path=sys.path, log=str(log))
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert log.read_text().split() == [done.stdout.strip()]


# Pickled for a spawned child


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("shared") / "pipeline"
    with_linker(ruler_pipeline(), spelling=False).to_disk(path)
    return path


@pytest.fixture
def nlp(folder):
    return spacy.load(folder)


@pytest.fixture
def spawning(monkeypatch):
    monkeypatch.setattr(angel_spacy.component.linker, "pickled_for_child", lambda: True)


def sent(linker):
    """What a child reads the linker from."""
    *_, stored = linker.__reduce__()[1]
    return stored


def test_an_unchanged_linker_is_read_from_its_folder(nlp, folder, spawning, monkeypatch):
    linker = nlp.get_pipe("angel_linker")
    linker.threshold = 0.25
    assert sent(linker) == folder / "angel_linker"
    monkeypatch.setattr(AngelLinker, "to_bytes", None)
    child = pickle.loads(pickle.dumps(linker))
    assert child.threshold == 0.25
    docs = [child(doc) for doc in nlp.pipe(TEXTS, disable=["angel_linker"])]
    assert [links(doc) for doc in docs] == [links(nlp(text)) for text in TEXTS]


def test_an_ordinary_pickle_holds_everything(nlp):
    assert isinstance(sent(nlp.get_pipe("angel_linker")), bytes)


def add_a_name(linker, path):
    linker.kb.add_name("D006073", "Toe pain")


def change_the_weights(linker, path):
    with torch.no_grad():
        linker.generator.network.get_input_embeddings().weight.add_(1)


def set_another_kb(linker, path):
    linker.set_kb(linker.kb)


def overwrite_the_folder(linker, path):
    with_linker(ruler_pipeline(), spelling=False).to_disk(path)


@pytest.mark.parametrize("change", [add_a_name, change_the_weights, set_another_kb, overwrite_the_folder])
def test_a_changed_linker_is_sent_whole(tmp_path, spawning, change):
    with_linker(ruler_pipeline(), spelling=False).to_disk(tmp_path)
    nlp = spacy.load(tmp_path)
    linker = nlp.get_pipe("angel_linker")
    change(linker, tmp_path)
    assert isinstance(sent(linker), bytes)


def test_a_linker_read_without_a_part_is_sent_whole(folder, spawning):
    linker = with_linker(ruler_pipeline(), spelling=False).get_pipe("angel_linker")
    linker.from_disk(folder / "angel_linker", exclude=["model"])
    assert isinstance(sent(linker), bytes)


# Threads


@pytest.fixture
def sixteen():
    before = torch.get_num_threads()
    torch.set_num_threads(16)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("n", "within"), [(None, MOST_THREADS), (3, 3), (16, 16), (20, 20)])
def test_so_many_threads_are_used_and_given_back(sixteen, n, within):
    with suppress(ZeroDivisionError), torch_threads(n):
        assert torch.get_num_threads() == within
        raise ZeroDivisionError
    assert torch.get_num_threads() == 16


def test_predict_uses_as_many_threads_as_are_set(sixteen, monkeypatch):
    used, session = [], Generator.session
    monkeypatch.setattr(
        Generator, "session", lambda *args, **kwargs: used.append(torch.get_num_threads()) or session(*args, **kwargs)
    )
    for threads in (2, None):
        with_linker(ruler_pipeline(), spelling=False, threads=threads)("gout")
    assert used == [2, MOST_THREADS]
    assert torch.get_num_threads() == 16
