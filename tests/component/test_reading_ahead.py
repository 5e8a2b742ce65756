"""With a GPU the prompts of the next batch are made while one is decoded. Here it is switched on by hand."""

import threading

import pytest
from linker_toys import TEXTS, links, ruler_pipeline, with_linker

from angel_spacy.candidates.combined import Combined
from angel_spacy.component.threads import one_ahead


@pytest.fixture
def nlp():
    return with_linker(ruler_pipeline(), spelling=False)


@pytest.fixture
def handled(nlp):
    """What went to the error handler."""
    found = []
    nlp.set_error_handler(lambda name, pipe, docs, error: found.append(([doc.text for doc in docs], str(error))))
    return found


def ahead(nlp, on=True):
    nlp.get_pipe("angel_linker")._reads_ahead = on
    return nlp


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_the_same_links_in_the_same_order(nlp, batch_size):
    expected = [(doc.text, links(doc)) for doc in nlp.pipe(TEXTS, batch_size=batch_size)]
    found = [(doc.text, links(doc)) for doc in ahead(nlp).pipe(TEXTS, batch_size=batch_size)]
    assert found == expected
    assert list(ahead(nlp).pipe([])) == []


def test_prompts_are_made_in_another_thread_only_when_switched_on(nlp, monkeypatch):
    threads, ask = [], Combined.ask
    monkeypatch.setattr(Combined, "ask", lambda *args: threads.append(threading.current_thread()) or ask(*args))
    list(ahead(nlp).pipe(TEXTS, batch_size=3))
    assert threads
    assert threading.main_thread() not in threads
    threads.clear()
    list(ahead(nlp, None).pipe(TEXTS, batch_size=3))  # no GPU
    assert set(threads) == {threading.main_thread()}


def test_a_failing_document_goes_to_the_handler_and_the_others_are_linked(nlp, handled, monkeypatch):
    ask = Combined.ask

    def failing(source, documents):
        if any("number 3" in request.text for requests in documents for request in requests):
            raise RuntimeError("broken")
        return ask(source, documents)

    monkeypatch.setattr(Combined, "ask", failing)
    docs = list(ahead(nlp).pipe(TEXTS, batch_size=4))
    assert [doc.text for doc in docs] == [text for text in TEXTS if "number 3" not in text]
    assert handled == [(["gout number 3 and fever"], "broken")]
    assert all(ent.kb_id_ for doc in docs for ent in doc.ents)


def test_what_came_before_a_stream_that_breaks_is_linked(nlp):
    def texts():
        yield from TEXTS[:4]
        raise OSError("the source is gone")

    found, stream = [], ahead(nlp).pipe(texts(), batch_size=2)
    with pytest.raises(OSError, match="gone"):
        found.extend(doc.text for doc in stream)
    assert found == TEXTS[:4]


def test_one_item_ahead_and_no_more():
    pulled, made = [], []

    def items():
        for item in range(4):
            pulled.append(item)
            yield item

    for item, future in one_ahead(lambda item: made.append(item) or -item, items()):
        assert future.result() == -item
        assert pulled == list(range(min(item + 2, 4)))
    assert made == [0, 1, 2, 3]


def test_a_stream_that_is_left_leaves_no_thread():
    before = threading.active_count()
    stream = one_ahead(str, range(9))
    next(stream)
    stream.close()
    assert threading.active_count() == before
