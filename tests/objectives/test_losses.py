from math import exp, log

import pytest
import torch

from angel_spacy.objectives.losses import positive_loss, positive_term, preference_loss, preference_margin


def test_the_loss_is_equation_7():
    policy, reference = torch.tensor([[-1.0, -2.0], [-3.0, -1.0]]), torch.tensor([[-2.0, -1.5], [-3.0, -2.0]])
    # margins: (1 - -0.5) = 1.5 and (0 - 1) = -1
    assert preference_margin(policy, reference).tolist() == pytest.approx([1.5, -1.0])
    by_hand = (log(1 + exp(-0.1 * 1.5)) + log(1 + exp(0.1))) / 2
    assert preference_loss(policy, reference, beta=0.1).item() == pytest.approx(by_hand, rel=1e-6)


def test_where_policy_is_reference_the_loss_is_log_2():
    scores = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    assert preference_loss(scores, scores, beta=0.3).item() == pytest.approx(log(2))


def test_the_positive_term_is_the_mean_over_tokens_then_over_pairs():
    policy, lengths = torch.tensor([[-6.0, -1.0], [-4.0, -9.0]]), torch.tensor([[3.0, 1.0], [2.0, 3.0]])
    assert positive_term(policy, lengths).item() == pytest.approx((6 / 3 + 4 / 2) / 2)


def test_no_token_at_all_is_no_loss():
    assert positive_loss(torch.zeros(0, 7), torch.zeros(0, dtype=torch.long), label_smoothing=0.1).item() == 0


def test_loss_with_smoothing_is_the_value_worked_out_by_hand():
    # Two tokens, three words: log-probabilities are exact because the logits are logs of 8 4 4 and 1 1 14, over 16.
    logits = torch.tensor([[8.0, 4.0, 4.0], [1.0, 1.0, 14.0]]).log()
    targets = torch.tensor([0, 2])
    plain = -(torch.tensor(8 / 16).log() + torch.tensor(14 / 16).log()) / 2
    spread = -sum(torch.tensor(n / 16).log() for n in (8, 4, 4, 1, 1, 14)) / 3 / 2
    assert positive_loss(logits, targets).item() == pytest.approx(plain.item())
    smoothed = positive_loss(logits, targets, label_smoothing=0.1).item()
    assert smoothed == pytest.approx(0.9 * plain.item() + 0.1 * spread.item())
