from math import exp, log

import pytest
import torch

from angel_spacy.models.toy import toy_generator
from angel_spacy.objectives.batching import Collator, PairCollator
from angel_spacy.objectives.examples import Example
from angel_spacy.objectives.mining import ranked_pairs
from angel_spacy.objectives.pairs import PreferencePair
from angel_spacy.objectives.positive import NameBatch, name_logits, positive_loss
from angel_spacy.objectives.preference import (
    PairBatch,
    pair_log_probs,
    positive_term,
    preference_loss,
    preference_margin,
    without_dropout,
)
from angel_spacy.training.trainer import PreferenceObjective

PAIRS = [
    PreferencePair("a case of gout is rare", 10, 14, "gout", "gouty arthritis", 2, 1),
    PreferencePair("what is is fever", 5, 10, "fever", "chills", 1, 2),
]


def test_the_loss_is_equation_7():
    policy, reference = torch.tensor([[-1.0, -2.0], [-3.0, -1.0]]), torch.tensor([[-2.0, -1.5], [-3.0, -2.0]])
    # margins: (1 - -0.5) = 1.5 and (0 - 1) = -1
    assert preference_margin(policy, reference).tolist() == pytest.approx([1.5, -1.0])
    by_hand = (log(1 + exp(-0.1 * 1.5)) + log(1 + exp(0.1))) / 2
    assert preference_loss(policy, reference, beta=0.1).item() == pytest.approx(by_hand, rel=1e-6)


def test_where_policy_is_reference_the_loss_is_log_2():
    scores = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    assert preference_loss(scores, scores, beta=0.3).item() == pytest.approx(log(2))


def test_the_log_probability_of_a_name_is_the_sum_over_its_tokens_and_end_without_the_prefix():
    generator = toy_generator()
    with torch.inference_mode():
        both = pair_log_probs(generator.network, PairBatch(**PairCollator(generator.prompter)(PAIRS)))
        for pair, row in zip(PAIRS, both.tolist(), strict=True):
            for name, found in zip((pair.chosen, pair.rejected), row, strict=True):
                batch = NameBatch(**Collator(generator.prompter)([Example(pair.text, pair.start, pair.end, name)]))
                tokens = name_logits(generator.network, batch).log_softmax(-1).gather(1, batch.targets[:, None])
                assert len(tokens) == len(name.encode()) + 2  # the space before it and EOS
                assert found == pytest.approx(tokens.sum().item(), abs=1e-3)


@pytest.mark.parametrize(
    ("right", "pairs"),
    [
        ([True, False, False], [(0, 1)]),  # the first is right: it and the best wrong one
        ([True, True, False], [(0, 2)]),
        ([False, True, False], [(1, 0)]),  # right further down: with each wrong one above it
        ([False, False, True], [(2, 0), (2, 1)]),
        ([True, False, True], [(0, 1), (2, 1)]),
        ([False, True, True], [(1, 0), (2, 0)]),
        ([False, False], [(-1, 0)]),  # nothing right: a gold name that was not reached, with the first
        ([True, True], []),  # nothing wrong, or nothing at all: nothing to learn
        ([True], []),
        ([], []),
    ],
)
def test_the_pairs_of_a_ranking(right, pairs):
    assert ranked_pairs(right) == pairs


def test_with_every_pair_each_right_name_meets_each_wrong_one_and_missed_ones_can_be_left_out():
    assert ranked_pairs([True, False, True, False], every=True) == [(0, 1), (0, 3), (2, 1), (2, 3)]
    assert ranked_pairs([False, False], every=True) == [(-1, 0)]
    assert ranked_pairs([False, False], missed=False) == []


def test_the_positive_term_is_the_mean_over_tokens_then_over_pairs():
    policy, lengths = torch.tensor([[-6.0, -1.0], [-4.0, -9.0]]), torch.tensor([[3.0, 1.0], [2.0, 3.0]])
    assert positive_term(policy, lengths).item() == pytest.approx((6 / 3 + 4 / 2) / 2)


def test_the_lengths_are_tokens_and_end():
    generator = toy_generator()
    batch = PairBatch(**PairCollator(generator.prompter)(PAIRS))
    by_hand = [[len(name.encode()) + 2 for name in (pair.chosen, pair.rejected)] for pair in PAIRS]
    assert batch.lengths.tolist() == by_hand


def test_without_dropout_two_passes_agree_in_training_mode_and_it_comes_back():
    generator = toy_generator()
    network = generator.network.train()
    for module in network.modules():
        if isinstance(getattr(module, "dropout", None), float):
            module.dropout = 0.5
    batch = PairBatch(**PairCollator(generator.prompter)(PAIRS))

    def twice():
        with torch.no_grad():
            return pair_log_probs(network, batch), pair_log_probs(network, batch)

    with without_dropout(network):
        assert torch.equal(*twice())
    assert not torch.equal(*twice())


def test_log_probabilities_are_float32_under_bfloat16_and_near_those_without():
    generator = toy_generator()
    batch = PairBatch(**PairCollator(generator.prompter)(PAIRS))
    with torch.no_grad():
        exact = pair_log_probs(generator.network, batch)
        with torch.autocast("cpu", torch.bfloat16):
            rounded = pair_log_probs(generator.network, batch)
    assert rounded.dtype == torch.float32
    assert torch.allclose(rounded, exact, rtol=0.02)


def test_a_row_that_attends_to_nothing_or_scores_nothing_is_no_nan():
    generator = toy_generator()
    fields = PairCollator(generator.prompter)(PAIRS)
    fields["attention_mask"][0] = 0
    n_tokens = int(fields["scored"][3].sum())
    fields["scored"][3] = False
    fields["targets"] = fields["targets"][:-n_tokens]
    found = pair_log_probs(generator.network, PairBatch(**fields))
    assert found.isfinite().all()
    assert found[1, 1] == 0
    found.sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in generator.network.parameters())


def test_no_token_at_all_is_no_loss():
    assert positive_loss(torch.zeros(0, 7), torch.zeros(0, dtype=torch.long), label_smoothing=0.1).item() == 0


def test_by_token_names_are_compared_as_the_search_ranks_them():
    generator = toy_generator()
    fields = PairCollator(generator.prompter)(PAIRS)
    batch = PairBatch(**fields)
    with torch.no_grad():
        policy = pair_log_probs(generator.network, batch)
    reference = policy + torch.tensor([[1.0, -0.5], [0.0, 2.0]])
    means = (policy / batch.lengths, reference / batch.lengths)
    loss, figures = PreferenceObjective(beta=2.0, by_token=True)(generator.network, {**fields, "reference": reference})
    assert loss.item() == pytest.approx(preference_loss(*means, beta=2.0).item(), rel=1e-4)
    assert figures["margin"].item() == pytest.approx(preference_margin(policy, reference).mean().item(), abs=1e-4)
