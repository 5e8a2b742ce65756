import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linker_toys import spelling_pipeline

from angel_spacy.evaluation.calibration import LEAST_COVERAGE, choose, sureness
from angel_spacy.evaluation.run import find_linker
from angel_spacy.evaluation.sureness import Sureness
from angel_spacy.records import Article, Mention


def sure(*pairs):
    """(probability, whether right) of each mention."""
    return Sureness(np.array([p for p, _ in pairs]), np.array([right for _, right in pairs], dtype=bool))


HALF = sure((0.9, True), (0.8, True), (0.4, True), (0.302, False))


def test_precision_and_coverage_computed_by_hand():
    assert HALF.precision_and_coverage(0.0) == (0.75, 1.0)
    assert HALF.precision_and_coverage(0.4) == (1.0, 0.75)
    assert HALF.precision_and_coverage(0.95) == (1.0, 0.0)  # no link is wrong
    assert HALF.curve(0.4)[-1] == {"threshold": 0.4, "precision": 1.0, "coverage": 0.75}


def test_the_lowest_threshold_that_every_corpus_allows_is_chosen():
    assert choose([HALF], 0.75) == 0.0
    assert choose([HALF], 0.9) == pytest.approx(0.305)
    assert choose([HALF, sure((0.702, False), (0.8, True))], 0.9) == pytest.approx(0.705)
    assert choose([sure((1.0, False))], 0.9) == 1.0


PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=20)


@given(PAIRS, st.floats(0, 1))
def test_no_higher_threshold_breaks_the_promise(pairs, precision):
    corpus = sure(*pairs)
    chosen = choose([corpus], precision)
    for threshold in np.arange(chosen, 1.0, 0.005) if chosen < 1.0 else ():
        found, coverage = corpus.precision_and_coverage(float(threshold))
        assert found >= precision or coverage < LEAST_COVERAGE


def test_all_gold_mentions_are_linked_and_those_without_an_id_are_wrong():
    nlp = spelling_pipeline(threshold=1.0)
    ids = {"gout": ("D006073",), "fever": ("D999999", "X:1"), "aspirin": ("D005334",), "podagra": ()}
    text, mentions = "", []
    for word, of in ids.items():
        mentions.append(Mention(word, len(text), len(text) + len(word), "", of))
        text += f"{word} "
    found = sureness(nlp, find_linker(nlp), [Article("1", "", text, tuple(mentions))])
    assert found.right.tolist() == [True, True, False, False]
    assert (found.probability > 0.5).all()
