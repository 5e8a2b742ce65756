"""How sure links are, and how often that is right: calibration of probabilities, precision against coverage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .accuracy import Judgement

Floats = NDArray[np.float64]

SHOWN = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)  # thresholds of a curve
N_BINS = 10


@dataclass(frozen=True)
class Sureness:
    """The first candidates of some mentions: how sure (n,), and whether right (n,)."""

    probability: Floats
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, judgements: Iterable[Judgement]) -> Sureness:
        """Strict: the one concept that was chosen is right or not; what the KB lacks can only be wrong."""
        pairs = [(one.probability, one.strict_rank == 1) for one in judgements]
        return cls(np.array([p for p, _ in pairs], np.float64), np.array([right for _, right in pairs], bool))

    def __len__(self) -> int:
        return len(self.right)

    def precision_and_coverage(self, threshold: float) -> tuple[float, float]:
        """Share of the links at or above the threshold that are right; share of all mentions that get one."""
        kept = self.probability >= threshold
        return float(self.right[kept].mean()) if kept.any() else 1.0, float(kept.mean()) if len(kept) else 0.0

    def calibration_error(self, n_bins: int = N_BINS) -> float:
        """The expected calibration error: between how sure links are and the share of them that is right, mean over
        bins of equal width, by their links (Guo et al. 2017, equation 3)."""
        gaps = (of["n"] * abs(of["probability"] - of["right"]) for of in self.reliability(n_bins))
        return float(sum(gaps)) / max(len(self), 1)

    def reliability(self, n_bins: int = N_BINS) -> list[dict[str, float]]:
        """Of each bin of equal width that has links: `n`, their mean `probability`, the share that is `right`."""
        bins = np.minimum((self.probability * n_bins).astype(int), n_bins - 1)
        parts = [np.flatnonzero(bins == i) for i in range(n_bins)]
        return [
            {
                "n": len(part),
                "probability": float(self.probability[part].mean()),
                "right": float(self.right[part].mean()),
            }
            for part in parts
            if len(part)
        ]

    def curve(self, threshold: float | None = None, at: Sequence[float] = SHOWN) -> list[dict[str, float]]:
        """Threshold, precision and coverage at some thresholds and at the chosen one."""
        thresholds = at if threshold is None else (*at, threshold)
        found = ((one, *self.precision_and_coverage(one)) for one in thresholds)
        return [{"threshold": at, "precision": right, "coverage": coverage} for at, right, coverage in found]
