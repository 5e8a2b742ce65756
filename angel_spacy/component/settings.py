"""What a user of angel_linker may choose. It is stored in the pipeline's config.cfg."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ConfigError


@dataclass(frozen=True)
class Calibration:
    """A threshold that was chosen for a model and its KB. It is stored with them and holds while the setting is
    `setting`: null, or the one that `linker.threshold = ...` replaced."""

    threshold: float = 0.0
    setting: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.threshold <= 1.0:
            raise ConfigError(f"threshold is {self.threshold}: use a probability, 0 (link everything) to 1.")


PRECISIONS = ("float32", "bfloat16", "float16", "int8")
MANY_THREADS = 1024
EXACT_MATCH = ("off", "prefer", "skip")


@dataclass(frozen=True)
class Settings:
    """The settings of the factory, checked. Raises ConfigError for one that is out of range."""

    spans_key: str | None = None
    labels: Sequence[str] | None = None
    overwrite: bool = True
    threshold: float | None = None
    nil_label: str = "NIL"
    n_candidates: int = 10
    beam_width: int = 10
    batch_size: int = 64
    context_window: int | None = None
    abbreviations: bool = True
    precision: str | None = None
    beam_margin: float | None = None
    exact_match: str = "off"
    cache_size: int = 10_000
    threads: int | None = None

    def __post_init__(self) -> None:
        self._check_what()
        self._check_how()

    def _check_what(self) -> None:
        for name in ("n_candidates", "beam_width", "batch_size"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}: use 1 or more.")
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise ConfigError(f"threshold is {self.threshold}: use a probability, 0 (link everything) to 1, or null.")
        if self.context_window is not None and self.context_window < 0:
            raise ConfigError(f"context_window is {self.context_window}: use 0 or more words, or null.")
        if self.exact_match not in EXACT_MATCH:
            raise ConfigError(f"exact_match is {self.exact_match!r}: use one of {', '.join(EXACT_MATCH)}.")

    def _check_how(self) -> None:
        if self.precision is not None and self.precision not in PRECISIONS:
            raise ConfigError(f"precision is {self.precision!r}: use one of {', '.join(PRECISIONS)}, or null.")
        if self.beam_margin is not None and not self.beam_margin >= 0.0:
            raise ConfigError(f"beam_margin is {self.beam_margin}: use 0 nats or more, or null for an exact search.")
        if self.cache_size < 0:
            raise ConfigError(f"cache_size is {self.cache_size}: use a number of prompts, or 0 for no cache.")
        if self.threads is not None and not 1 <= self.threads <= MANY_THREADS:
            raise ConfigError(f"threads is {self.threads}: use 1 to {MANY_THREADS}, or null.")


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
