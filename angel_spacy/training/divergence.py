"""When a run is given up."""

import math

from ..errors import TrainingError

_REMEDY = (
    "Delete the stage's folder (the stage before is untouched) and begin it anew with a lower learning_rate (by 3 to "
    "10 times), more warmup_steps or a lower max_grad_norm."
)


class DivergenceWatch:
    """Stops a run whose loss is no number, or whose mean of late has risen far above the lowest it had.

    Far means threefold and one nat. Batches come in pools of one source, and a source that is learnt has a fortieth of
    the loss of another: so the mean is over some 200 steps, and before the first WARM of them only a mean GUESSING nats
    above is far, which is worse than to guess.
    """

    MEMORY, WARM, GUESSING = 0.995, 200, 10.0

    def __init__(self) -> None:
        self._mean = 0.0
        self._lowest = math.inf
        self._n_seen = 0

    def see(self, loss: float, step: int) -> None:
        """Raises TrainingError with what can be done."""
        if not math.isfinite(loss):
            raise TrainingError(f"The loss is {loss} at step {step}: the run has diverged. {_REMEDY}")
        self._n_seen += 1
        self._mean += (loss - self._mean) * max(1 - self.MEMORY, 1 / self._n_seen)
        is_warm = self._n_seen > self.WARM
        if self._n_seen in (1, self.WARM + 1):
            self._lowest = self._mean
        self._lowest = min(self._lowest, self._mean) if is_warm else self._lowest
        if self._mean > 3 * self._lowest + (1 if is_warm else self.GUESSING):
            raise TrainingError(
                f"The loss has risen from {self._lowest:.3g} to {self._mean:.3g} at step {step}: "
                f"the run diverges. {_REMEDY}"
            )
