"""What a user may choose about learning inside spaCy: `angel_spacy.Learner.v1`."""

from dataclasses import dataclass

from ..errors import ConfigError

OBJECTIVES = ("positive", "preference", "both")


@dataclass(frozen=True)
class Learning:
    """How the component learns inside spaCy (`angel_spacy.Learner.v1`), checked. Raises ConfigError.

    Learning rate, warm-up, clipping, dropout and batches are spaCy's: [training] of the config.
    """

    objective: str = "positive"
    label_smoothing: float = 0.1
    beta: float = 0.1
    positive_weight: float = 0.0
    by_token: bool = False
    top: int = 5
    refresh: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise ConfigError(f"objective is {self.objective!r}: use one of {', '.join(OBJECTIVES)}.")
        if not 0.0 <= self.label_smoothing < 1.0:
            raise ConfigError(f"label_smoothing is {self.label_smoothing}: use 0 or more, and less than 1.")
        if self.beta <= 0.0:
            raise ConfigError(f"beta is {self.beta}: use more than 0, for example 0.1.")
        if self.positive_weight < 0.0:
            raise ConfigError(f"positive_weight is {self.positive_weight}: use 0 or more.")
        if self.top < 2:
            raise ConfigError(f"top is {self.top}: use 2 or more, a pair takes two names.")
        if self.refresh < 0:
            raise ConfigError(f"refresh is {self.refresh}: use a number of batches, or 0 for never.")

    @property
    def positive(self) -> bool:
        """Whether the gold name's cross-entropy is minimised."""
        return self.objective != "preference"

    @property
    def preference(self) -> bool:
        """Whether right names are to be preferred to the model's own wrong ones."""
        return self.objective != "positive"
