"""Streams: batches, processes, and what happens when a document fails. What could hang runs under a clock."""

import pickle
import subprocess
import sys

import pytest
from linker_toys import TEXTS, links, ruler_pipeline, spelling_pipeline, with_linker

from angel_spacy.component.linker import AngelLinker

TWO_PROCESSES = """
import multiprocessing, sys
sys.path[:0] = {path!r}
if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    import spacy, torch
    from angel_spacy.component.linker import AngelLinker
    from linker_toys import TEXTS, links, ruler_pipeline, with_linker
    nlp = with_linker(ruler_pipeline(), spelling=False)
    if {method!r} == "spawn":  # the workers read the saved pipeline themselves
        nlp.to_disk({folder!r})
        nlp = spacy.load({folder!r})
        AngelLinker.to_bytes = None
    torch.set_num_threads(2)  # the parent has used its threads before it forks
    torch.rand(600, 600) @ torch.rand(600, 600)
    nlp(TEXTS[0])
    torch.set_num_threads(1)
    alone = [links(nlp(text)) for text in TEXTS[:5]]
    torch.set_num_threads(2)
    assert [links(doc) for doc in nlp.pipe(TEXTS[:5], n_process=2, batch_size=2)] == alone
    assert any(alone)
    print("equal")
"""


@pytest.fixture(scope="module")
def toy():
    return with_linker(ruler_pipeline(), spelling=False)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_a_stream_equals_one_by_one(toy, batch_size):
    alone = [links(toy(text)) for text in TEXTS]
    assert any(alone)
    assert [links(doc) for doc in toy.pipe(TEXTS, batch_size=batch_size)] == alone


@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_how_many_mentions_are_decoded_together_changes_nothing(toy, batch_size):
    other = with_linker(ruler_pipeline(), spelling=False, batch_size=batch_size)
    assert [links(doc) for doc in other.pipe(TEXTS)] == [links(toy(text)) for text in TEXTS]


def test_contexts_travel_along(toy):
    pairs = [(text, i) for i, text in enumerate(TEXTS)]
    assert [(doc.text, i) for doc, i in toy.pipe(pairs, as_tuples=True)] == pairs


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_two_processes_equal_one(method, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(TWO_PROCESSES.format(path=sys.path, method=method, folder=str(tmp_path / "pipeline")))
    done = subprocess.run([sys.executable, "-W", "ignore", script], capture_output=True, text=True, timeout=180)
    assert done.stdout.strip() == "equal", done.stderr


def break_at(monkeypatch, word):
    """Breaks the prediction of the texts that hold a word."""
    predict = AngelLinker.predict

    def failing(linker, docs):
        if any(word in doc.text for doc in docs):
            raise RuntimeError("broken")
        return predict(linker, docs)

    monkeypatch.setattr(AngelLinker, "predict", failing)


@pytest.fixture
def handled():
    return []


@pytest.fixture
def handling(monkeypatch, handled):
    break_at(monkeypatch, "number 3")
    nlp = spelling_pipeline()
    nlp.set_error_handler(
        lambda name, pipe, docs, error: handled.append((name, [doc.text for doc in docs], str(error)))
    )
    return nlp


def test_a_failing_document_goes_to_the_handler_and_the_others_are_linked(handling, handled):
    found = list(handling.pipe(TEXTS))
    assert [doc.text for doc in found] == [text for text in TEXTS if "number 3" not in text]
    assert handled == [("angel_linker", ["gout number 3 and fever"], "broken")]
    assert all(ent.kb_id_ for doc in found for ent in doc.ents)


def test_by_default_a_failing_document_is_an_error(monkeypatch):
    break_at(monkeypatch, "number 3")
    nlp = spelling_pipeline()
    with pytest.raises(RuntimeError, match="broken"):
        list(nlp.pipe(TEXTS))
    with pytest.raises(RuntimeError, match="broken"):
        nlp("gout number 3")


def ignore(name, pipe, docs, error):
    """A handler that can be pickled."""


def test_the_handler_goes_where_the_component_goes():
    nlp = spelling_pipeline()
    nlp.set_error_handler(ignore)
    assert pickle.loads(pickle.dumps(nlp.get_pipe("angel_linker"))).get_error_handler() is ignore
