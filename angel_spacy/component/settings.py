"""What a user of angel_linker may choose. Stored in the pipeline's config.cfg; docs and command line follow."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..candidates.settings import Search, setting
from ..errors import ConfigError

EXACT_MATCH = ("off", "prefer", "skip")
OBJECTIVES = ("positive", "preference", "both")


@dataclass(frozen=True)
class Calibration:
    """A threshold that was chosen for a model and its KB. It is stored with them and holds while the setting is
    `setting`: null, or the one that `linker.threshold = ...` replaced."""

    threshold: float = 0.0
    setting: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.threshold <= 1.0:
            raise ConfigError(f"threshold is {self.threshold}: use a probability, 0 (link everything) to 1.")


@dataclass(frozen=True)
class Settings(Search):
    """The settings of the factory, checked: how names are searched, and what else the component is told.

    Raises ConfigError for one that is out of range.
    """

    spans_key: str | None = setting(
        None, "null: `doc.ents`; otherwise `doc.spans[spans_key]`, overlapping spans included"
    )
    labels: Sequence[str] | None = setting(None, "which labels to link; null: all")
    overwrite: bool = setting(True, "false: spans that are linked already are left alone; NIL is no link")
    attributes: str = setting(
        "kb", "how the `_.` attributes begin (`_.kb_id` …); a second linker in one pipeline needs another beginning"
    )
    threshold: float | None = setting(
        None,
        "least `probability` of a link, below it a mention is NIL; null: what was calibrated for this model and KB, 0 "
        "where nothing was",
        least=0,
        most=1,
    )
    nil_label: str = setting("NIL", "what `kb_id_` says where nothing fits (spaCy's own linker writes `NIL`)")
    n_candidates: int = setting(10, "how many concepts are kept", least=1)
    context_window: int | None = setting(None, "words of context; null: what the model was trained with", least=0)
    abbreviations: bool = setting(
        True, "try the long form too where an abbreviation detector ran before (`angel_abbreviations` or scispaCy's)"
    )
    spellings: bool = setting(
        True, "try mentions with Greek letters, Roman numerals or British spelling in their other spelling too"
    )
    exact_match: str = setting(
        "off",
        "what a mention that is a name of exactly one concept does: `off`, `prefer` (it comes first) or `skip` (the "
        "generator is not asked)",
        choices=EXACT_MATCH,
    )
    threads: int | None = setting(
        None,
        "batches that are decoded side by side, a processor thread each; null: as many as torch has threads, at most 8 "
        "(more than 2 were not measured)",
        least=1,
        most=1024,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.labels, str):
            raise ConfigError(f"labels is {self.labels!r}: use a list, [{self.labels!r}].")
        if not self.attributes.isidentifier():
            raise ConfigError(f"attributes is {self.attributes!r}: use a word such as 'kb' or 'hpo'.")


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
