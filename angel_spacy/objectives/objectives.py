"""What training minimises, on Hugging Face's Trainer and in spaCy's loop: losses with their settings."""

from dataclasses import dataclass

from torch import Tensor

from .losses import positive_loss, positive_term, preference_loss, preference_margin

Figures = dict[str, Tensor]  # what is logged beside a loss: scalars, means over the batch


@dataclass(frozen=True)
class PositiveObjective:
    """Cross-entropy of the gold names and their EOS."""

    label_smoothing: float = 0.0

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Scalar; logits (N, V) of the name tokens, targets (N,)."""
        return positive_loss(logits, targets, label_smoothing=self.label_smoothing)


@dataclass(frozen=True)
class PreferenceObjective:
    """Direct preference optimisation of a right name over a wrong one, plus the weighted positive term.

    `by_token`: means over a name's tokens instead of sums, which is what a search ranks by (length-normalised DPO,
    Lambert et al. 2024, section 5.1); `beta` is then to be some ten times as large.
    """

    beta: float
    positive_weight: float = 0.0
    by_token: bool = False

    def __call__(self, policy: Tensor, reference: Tensor, lengths: Tensor) -> Tensor:
        """Scalar; log-probabilities of chosen and rejected names, and their tokens with EOS, each (P, 2)."""
        scale = lengths if self.by_token else 1.0
        loss = preference_loss(policy / scale, reference / scale, beta=self.beta)
        if self.positive_weight:
            loss = loss + self.positive_weight * positive_term(policy, lengths)
        return loss


def preference_figures(policy: Tensor, reference: Tensor) -> Figures:
    """Margin in nats, reward accuracy, and what the chosen names' log-probability gained; both (P, 2)."""
    policy = policy.detach()
    margin = preference_margin(policy, reference)
    return {
        "margin": margin.mean(),
        "reward_accuracy": (margin > 0).float().mean(),
        "gained": (policy - reference)[:, 0].mean(),
    }
