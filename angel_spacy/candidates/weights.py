"""How much each piece of evidence weighs: scores of concepts and NIL -> probabilities that sum to 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray

from ..errors import ModelError
from .evidence import FEATURES, Evidence

Floats = NDArray[np.float64]

SHIPPED = Path(__file__).with_name("weights.json")
NIL = "NIL"


@dataclass(frozen=True)
class EvidenceWeights:
    """One weight for each of FEATURES, and the score of NIL: that nothing found is right."""

    of: Mapping[str, float]
    nil: float = 0.0

    def __post_init__(self) -> None:
        if set(self.of) != set(FEATURES):
            wrong = ", ".join(sorted(set(self.of) ^ set(FEATURES)))
            raise ModelError(f"Weights are missing or unknown ({wrong}): calibrate the pipeline again.")

    def probabilities(self, evidence: Evidence) -> Floats:
        """(n_rows,): softmax over the concepts and NIL."""
        scores = evidence.values.astype(np.float64) @ self.vector
        highest = max(scores.max(initial=self.nil), self.nil)
        shares = np.exp(scores - highest)
        probabilities: Floats = shares / (shares.sum() + np.exp(self.nil - highest))
        return probabilities

    @property
    def vector(self) -> Floats:
        """(len(FEATURES),)."""
        return np.array([self.of[name] for name in FEATURES])

    def parts(self, values: Sequence[float]) -> dict[str, float]:
        """Feature -> what it adds to the score of a concept with these values."""
        return {name: float(value * self.of[name]) for name, value in zip(FEATURES, values, strict=True)}

    def to_dict(self) -> dict[str, float]:
        """As stored in JSON."""
        return {**self.of, NIL: self.nil}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "EvidenceWeights":
        """Reads what `to_dict` gave. Raises ModelError."""
        try:
            weights = {name: float(value) for name, value in stored.items()}
            nil = weights.pop(NIL)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise ModelError(f"These are no weights ({error!r}): calibrate the pipeline again.") from error
        return cls(weights, nil)

    @classmethod
    def shipped(cls) -> "EvidenceWeights":
        """Those for a pipeline that was not calibrated."""
        return cls.from_dict(srsly.read_json(SHIPPED))
