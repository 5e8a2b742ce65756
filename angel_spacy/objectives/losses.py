"""The losses, as functions of tensors."""

import torch
from torch import Tensor


def positive_loss(logits: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy a token, scalar float32; logits (N, V), targets (N,); 0 when there is no token.

    With smoothing s the target distribution is (1 - s) one-hot + s / V (Szegedy et al. 2016, section 7).
    """
    if not len(targets):
        return logits.float().sum()
    return torch.nn.functional.cross_entropy(logits.float(), targets, label_smoothing=label_smoothing)


def preference_margin(policy: Tensor, reference: Tensor) -> Tensor:
    """(P,) how much more than the reference the policy prefers the chosen name, in nats; both (P, 2)."""
    gained = policy - reference
    return gained[:, 0] - gained[:, 1]


def preference_loss(policy: Tensor, reference: Tensor, *, beta: float) -> Tensor:
    """Scalar -log sigmoid(beta * margin), mean over pairs (Rafailov et al. 2023, equation 7); both (P, 2)."""
    return -torch.nn.functional.logsigmoid(beta * preference_margin(policy, reference)).mean()


def positive_term(policy: Tensor, lengths: Tensor) -> Tensor:
    """Scalar: minus the chosen names' mean log-probability a token, mean over pairs; both (P, 2).

    Added to the preference loss it keeps the chosen names likely, not only likelier than the rejected ones
    (Pang et al. 2024, equation 1).
    """
    return -(policy[:, 0] / lengths[:, 0]).mean()
