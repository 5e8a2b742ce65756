import threading
import time

import pytest
import torch

from angel_spacy.candidates.generated import Generated
from angel_spacy.candidates.settings import Search
from angel_spacy.candidates.threads import on_threads, threads_for
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.toy import toy_generator


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_answers_come_in_the_order_of_the_items(three_threads):
    def work(item):
        time.sleep(0.01 * (5 - item))
        return item, torch.get_num_threads(), threading.current_thread() is threading.main_thread()

    assert on_threads(work, range(5), 3) == [(item, 1, False) for item in range(5)]
    assert torch.get_num_threads() == 3
    assert on_threads(work, [4], 3) == [(4, 3, True)]
    assert on_threads(work, [4, 5], 1) == [(4, 3, True), (5, 3, True)]


def test_a_thread_that_starts_later_has_all_of_torchs_threads(three_threads):
    on_threads(str, range(4), 3)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [3]


def test_what_goes_wrong_is_raised(three_threads):
    with pytest.raises(ZeroDivisionError):
        on_threads(lambda item: 1 // item, [2, 1, 0, 3], 3)
    assert torch.get_num_threads() == 3


def test_a_gpu_gets_one_batch_at_a_time(three_threads):
    assert threads_for(torch.device("cpu")) == 3
    assert threads_for(torch.device("cuda")) == 1


def test_threads_change_nothing_that_is_found(three_threads):
    kb = KnowledgeBase([Concept(str(i), f"name {i} of {i % 7}") for i in range(60)])
    generator = toy_generator()
    prompts = generator.prompter.prompts([(f"name {i}", 0, 6) for i in range(100)])
    search = Search(beam_width=3, batch_size=8, precision="float32")
    several = Generated(generator, kb).hypotheses(prompts, search)
    torch.set_num_threads(1)
    one = Generated(generator, kb).hypotheses(prompts, search)
    assert [[name.leaf for name in names] for names in several] == [[name.leaf for name in names] for names in one]
    scores = [[[name.score for name in names] for names in found] for found in (several, one)]
    assert [pytest.approx(found, abs=1e-4) for found in scores[0]] == scores[1]
