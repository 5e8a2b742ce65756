"""Steps down a loss that draws its own batches."""

import logging
from collections.abc import Callable

from torch import Tensor
from torch.optim import Optimizer

_LOG_STEPS = 200
_LOGGER = logging.getLogger(__name__)


def descend(optimizer: Optimizer, loss: Callable[[], Tensor], steps: int, what: str, *, warmup: int = 1) -> None:
    """Lets the optimizer take `steps`; its rate rises for `warmup` of them and falls to zero over all of them."""
    rate, total = optimizer.param_groups[0]["lr"], 0.0
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / warmup) * (1 - step / steps)
        optimizer.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += value.item()
        if (step + 1) % _LOG_STEPS == 0:
            _LOGGER.info("%s: step %d of %d, loss %.3f", what, step + 1, steps, total / _LOG_STEPS)
            total = 0.0
