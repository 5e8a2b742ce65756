import pytest
import torch

from angel_spacy.objectives.losses import positive_loss, positive_term, preference_loss, preference_margin
from angel_spacy.objectives.objectives import PositiveObjective, PreferenceObjective, preference_figures

POLICY = torch.tensor([[-6.0, -1.0], [-4.0, -9.0]])
REFERENCE = POLICY + torch.tensor([[1.0, -0.5], [0.0, 2.0]])
LENGTHS = torch.tensor([[3.0, 1.0], [2.0, 3.0]])


def test_the_positive_objective_is_its_loss():
    logits, targets = torch.randn(3, 5, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 4, 2])
    assert PositiveObjective(0.1)(logits, targets) == positive_loss(logits, targets, label_smoothing=0.1)


def test_the_preference_objective_adds_the_positive_term_with_its_weight():
    plain = PreferenceObjective(beta=0.1)(POLICY, REFERENCE, LENGTHS)
    assert plain == preference_loss(POLICY, REFERENCE, beta=0.1)
    weighted = PreferenceObjective(beta=0.1, positive_weight=0.5)(POLICY, REFERENCE, LENGTHS)
    assert weighted.item() == pytest.approx((plain + 0.5 * positive_term(POLICY, LENGTHS)).item())


def test_by_token_names_are_compared_as_the_search_ranks_them():
    loss = PreferenceObjective(beta=2.0, by_token=True)(POLICY, REFERENCE, LENGTHS)
    assert loss == preference_loss(POLICY / LENGTHS, REFERENCE / LENGTHS, beta=2.0)


def test_the_figures_are_means_over_pairs_in_nats():
    figures = {name: value.item() for name, value in preference_figures(POLICY, REFERENCE).items()}
    # margins: (-1 - 0.5) = -1.5 and (0 - -2) = 2
    assert preference_margin(POLICY, REFERENCE).tolist() == [-1.5, 2.0]
    assert figures == {"margin": 0.25, "reward_accuracy": 0.5, "gained": -0.5}
