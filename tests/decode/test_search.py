from unittest.mock import patch

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import EOS, generator, random_batch, random_prefixes, random_trie, teacher_forced, toy_bart, toy_t5

from angel_spacy.decode.search import beam_search
from angel_spacy.errors import ConfigError, ModelError
from angel_spacy.models.bart import BartSession
from angel_spacy.models.plain import PlainSession
from angel_spacy.trie.trie import PackedTrie

VOCAB = 20
MODEL = toy_bart(VOCAB)

words = st.lists(st.integers(3, 6), max_size=4).map(lambda tokens: (*tokens, EOS))
name_sets = st.sets(words, min_size=1, max_size=25).map(sorted)


class TableSession:
    """A model without context: the log-probability of a token is `table[token]`, whatever stands before."""

    device = torch.device("cpu")

    def __init__(self, table):
        self.table, self.calls = torch.tensor(table), []

    def prefill(self, asked):
        return self.table[asked[1]]

    def advance(self, tokens, lengths, parents, asked):
        assert len(tokens) == lengths.sum()
        assert len(lengths) == len(parents) > 0
        self.calls.append(tokens.tolist())
        return self.table[asked[1]]

    def keep(self, mentions):
        assert len(mentions) > 0


def build(names):
    return PackedTrie.build(names, [[i] for i in range(len(names))])


def search(trie, batch, prefixes, width, session=BartSession, model=MODEL, **settings):
    return beam_search(session(model, *batch, prefixes), trie, len(prefixes), beam_width=width, **settings)


def leaves(hypotheses):
    return [[hypothesis.leaf for hypothesis in found] for found in hypotheses]


def scores(hypotheses):
    return [[hypothesis.score for hypothesis in found] for found in hypotheses]


def assert_same(a, b, tolerance=1e-5):
    assert leaves(a) == leaves(b)
    for mine, yours in zip(scores(a), scores(b), strict=True):
        assert mine == pytest.approx(yours, abs=tolerance)


@given(name_sets, st.integers(0, 2**31))
def test_a_beam_that_never_prunes_is_exhaustive_scoring(names, seed):
    rng, trie = generator(seed), build(names)
    batch, prefixes = random_batch(rng, 3, VOCAB), random_prefixes(rng, 3, VOCAB)
    found = search(trie, batch, prefixes, width=len(names))
    expected = teacher_forced(MODEL, batch, prefixes, trie)
    for mine, all_names in zip(found, expected, strict=True):
        assert [hypothesis.leaf for hypothesis in mine] == [leaf for leaf, _ in all_names]
        assert [hypothesis.score for hypothesis in mine] == pytest.approx([score for _, score in all_names], abs=1e-4)
        assert [hypothesis.n_tokens for hypothesis in mine] == [len(names[leaf]) for leaf, _ in all_names]


@given(name_sets, st.integers(1, 6), st.integers(0, 2**31))
def test_no_duplicate_no_impossible_name_best_first(names, width, seed):
    rng, trie = generator(seed), build(names)
    found = search(trie, random_batch(rng, 2, VOCAB), random_prefixes(rng, 2, VOCAB), width)
    for mine in found:
        assert 1 <= len(mine) <= min(width, len(names))
        assert len({hypothesis.leaf for hypothesis in mine}) == len(mine)
        assert all(-1e4 < hypothesis.log_prob <= 0 for hypothesis in mine)
        assert scores([mine]) == [sorted(scores([mine])[0], reverse=True)]


@pytest.mark.parametrize("width", [1, 3, 10])
def test_batch_mates_and_their_order_change_nothing(width):
    rng = generator(1)
    trie = random_trie(rng, 300, VOCAB)
    (ids, mask), prefixes = random_batch(rng, 7, VOCAB), random_prefixes(rng, 7, VOCAB)
    together = search(trie, (ids, mask), prefixes, width)
    alone = [search(trie, (ids[i : i + 1], mask[i : i + 1]), prefixes[i : i + 1], width)[0] for i in range(7)]
    assert_same(together, alone)
    order = [3, 0, 6, 1, 5, 2, 4]
    assert_same(search(trie, (ids[order], mask[order]), [prefixes[i] for i in order], width), [alone[i] for i in order])


@pytest.mark.parametrize("width", [1, 4])
def test_sessions_agree(width):
    rng = generator(2)
    trie, batch, prefixes = random_trie(rng, 200, VOCAB), random_batch(rng, 5, VOCAB), random_prefixes(rng, 5, VOCAB)
    assert_same(search(trie, batch, prefixes, width), search(trie, batch, prefixes, width, PlainSession))


def test_any_encoder_decoder_can_be_searched():
    rng, model = generator(3), toy_t5(VOCAB)
    trie, batch, prefixes = random_trie(rng, 12, VOCAB), random_batch(rng, 2, VOCAB), [[1, 5], [1, 6]]
    found = search(trie, batch, prefixes, 12, PlainSession, model)
    assert leaves(found) == [[leaf for leaf, _ in mine] for mine in teacher_forced(model, batch, prefixes, trie)]


def test_no_name_and_no_mention_are_empty_and_cost_nothing():
    session = TableSession([0.0])
    session.prefill = None
    assert beam_search(session, build([]), 2, beam_width=3) == [[], []]
    assert beam_search(session, build([(5, EOS)]), 0, beam_width=3) == []


def test_one_name():
    found = beam_search(TableSession([0, 0, -1.0, -3.0]), build([(3, EOS)]), 2, beam_width=5)
    assert [[(h.leaf, h.log_prob, h.n_tokens, h.score) for h in mine] for mine in found] == [[(0, -4.0, 2, -2.0)]] * 2


def test_names_that_are_prefixes_of_others():
    trie = build([(3, EOS), (3, 4, EOS), (3, 4, 4, EOS)])
    found = beam_search(TableSession([0, 0, -1.0, -2.0, -4.0]), trie, 1, beam_width=3)
    assert [(h.leaf, h.score) for h in found[0]] == [(0, -1.5), (1, pytest.approx(-7 / 3)), (2, -2.75)]


def test_equal_scores_are_ordered_by_leaf_number():
    trie = build([(a, b, EOS) for a in (3, 4, 5) for b in (3, 4, 5)])
    found = beam_search(TableSession([-2.0] * 6), trie, 2, beam_width=4)
    assert leaves(found) == [[0, 1, 2, 3]] * 2


def test_a_name_that_ends_below_the_beam_is_not_reached():
    # Two rows: EOS of the first (-9) is only the third best step, so only the names behind it are reached.
    trie = build([(3, EOS), (3, 3, EOS), (3, 4, EOS)])
    found = beam_search(TableSession([0, 0, -9.0, -1.0, -2.0]), trie, 1, beam_width=2)
    assert leaves(found) == [[1, 2]]


def test_the_search_stops_when_nothing_can_improve_and_not_before():
    trie = build([(3, EOS), (3, 3, EOS), (4, *[5] * 8, EOS)])
    hopeless = TableSession([0, 0, -0.1, -0.1, -5.0, -0.1])
    assert leaves(beam_search(hopeless, trie, 1, beam_width=2, lookahead=0)) == [[0, 1]]
    assert hopeless.calls == [[3, 4], [3, 5]]
    hopeful = TableSession([0, 0, -1.0, -1.0, -5.0, -0.1])
    assert leaves(beam_search(hopeful, trie, 1, beam_width=2)) == [[2, 0]]


def test_an_impossible_token_is_no_result():
    found = beam_search(TableSession([0, 0, -1.0, -1.0, -torch.inf]), build([(3, EOS), (4, EOS)]), 1, beam_width=2)
    assert leaves(found) == [[0]]


def test_scores_that_are_not_numbers_are_an_error():
    with pytest.raises(ModelError, match="restore or retrain"):
        beam_search(TableSession([0, 0, -1.0, torch.nan]), build([(3, EOS)]), 1, beam_width=2)


def test_a_beam_needs_a_width():
    with pytest.raises(ConfigError, match="use 1 or more"):
        beam_search(TableSession([0.0]), build([(3, EOS)]), 1, beam_width=0)


@given(name_sets, st.integers(1, 5), st.integers(0, 2**31))
def test_reading_ahead_changes_nothing(names, width, seed):
    rng, trie = generator(seed), build(names)
    batch, prefixes = random_batch(rng, 3, VOCAB), random_prefixes(rng, 3, VOCAB)
    step_by_step = search(trie, batch, prefixes, width, lookahead=0)
    for lookahead in (1, 4, 1000):
        assert_same(search(trie, batch, prefixes, width, lookahead=lookahead), step_by_step, tolerance=1e-4)


def test_a_stretch_without_a_choice_is_read_at_once():
    session = TableSession([0, 0, -0.1, -0.1, -0.1, -0.1])
    found = beam_search(session, build([(3, 4, 5, 5, EOS), (3, 4, 5, 5, 3, 3, EOS)]), 1, beam_width=2)
    assert session.calls == [[3, 4, 5, 5], [3, 3]]
    assert [(h.leaf, h.n_tokens, h.score) for h in found[0]] == [
        (0, 5, pytest.approx(-0.1)),
        (1, 7, pytest.approx(-0.1)),
    ]


def test_many_rows_read_one_token_at_a_time():
    session = TableSession([0, 0, -0.1, -0.1, -3.0, -0.1])
    beam_search(session, build([(3, 5, 5, EOS), (4, 5, 5, EOS)]), 1, beam_width=2, lookahead=1)
    assert session.calls == [[3, 4], [5, 5], [5, 5]]


def test_a_margin_drops_what_is_unlikely_and_an_endless_one_nothing():
    names, table = [(3, EOS), (4, EOS), (5, 5, EOS)], [0, 0, -0.1, -0.1, -1.0, -2.5]
    all_three = beam_search(TableSession(table), build(names), 1, beam_width=3)
    assert beam_search(TableSession(table), build(names), 1, beam_width=3, margin=100.0) == all_three
    assert leaves(beam_search(TableSession(table), build(names), 1, beam_width=3, margin=2.0)) == [[0, 1]]
    assert leaves(beam_search(TableSession(table), build(names), 1, beam_width=3, margin=0.0)) == [[0]]


def test_a_margin_counts_from_names_that_are_reached_too():
    session = TableSession([0, 0, -0.1, -0.1, -1.0, -2.5])
    beam_search(session, build([(3, EOS), (4, 5, 5, EOS)]), 1, beam_width=2, margin=3.0, lookahead=0)
    assert session.calls == [[3, 4]]  # "4" lives while "3" does, "4 5" (-3.5) is too far below the name "3"


def test_a_negative_margin_is_an_error():
    with pytest.raises(ConfigError, match="use 0 nats or more"):
        beam_search(TableSession([0.0]), build([(3, EOS)]), 1, beam_width=1, margin=-1.0)


@given(name_sets, st.integers(1, 4), st.integers(0, 2**31))
def test_rows_that_cannot_matter_are_dropped_without_a_trace(names, width, seed):
    rng, trie = generator(seed), build(names)
    batch, prefixes = random_batch(rng, 2, VOCAB), random_prefixes(rng, 2, VOCAB)
    with patch("angel_spacy.decode.search._hopeful", lambda live, *_: torch.ones_like(live.node, dtype=torch.bool)):
        everything = search(trie, batch, prefixes, width)
    assert_same(search(trie, batch, prefixes, width), everything)


def test_a_beam_far_wider_than_the_trie_costs_no_more():
    names, table = [(3, EOS), (4, EOS)], [0, 0, -0.1, -0.2, -1.0]
    some = beam_search(TableSession(table), build(names), 1, beam_width=5)
    assert beam_search(TableSession(table), build(names), 1, beam_width=10**12) == some
