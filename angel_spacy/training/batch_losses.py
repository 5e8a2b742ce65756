"""A collated batch -> the scalar loss that is minimised, and the figures that are logged beside it."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from ..models.forced import NameBatch, name_log_probs, name_logits
from ..objectives.objectives import Figures, PositiveObjective, PreferenceObjective, preference_figures

Fields = dict[str, Tensor]  # of a NameBatch, as a collator gives them
BatchLoss = Callable[[Any, Fields], tuple[Tensor, Figures]]  # of a network and a batch


def positive_batch_loss(objective: PositiveObjective) -> BatchLoss:
    """The objective on one name a prompt; it has no figures."""

    def loss(network: Any, fields: Fields) -> tuple[Tensor, Figures]:
        batch = NameBatch(**fields)
        return objective(name_logits(network, batch), batch.targets), {}

    return loss


def answer_batch_loss(network: Any, fields: Fields) -> tuple[Tensor, Figures]:
    """Cross-entropy a token with a teacher's names, each by its `weights` (B, K) (sequence-level distillation, Kim and
    Rush 2016, section 3.2, with the best few sequences instead of one)."""
    weights = fields["weights"]
    batch = NameBatch(**{name: values for name, values in fields.items() if name != "weights"})
    log_probs = name_log_probs(network, batch)
    return -(weights * log_probs).sum() / (weights * batch.lengths).sum(), {}


def preference_batch_loss(objective: PreferenceObjective) -> BatchLoss:
    """The objective on pairs whose `reference` (P, 2) comes with them; margin, reward accuracy and gain."""

    def loss(network: Any, fields: Fields) -> tuple[Tensor, Figures]:
        reference = fields["reference"]
        batch = NameBatch(**{name: values for name, values in fields.items() if name != "reference"})
        policy = name_log_probs(network, batch)
        return objective(policy, reference, batch.lengths), preference_figures(policy, reference)

    return loss
