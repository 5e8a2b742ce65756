"""What a user of angel_linker may choose. Stored in the pipeline's config.cfg; docs and command line follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..candidates.settings import Search, setting
from ..errors import ConfigError

EXACT_MATCH = ("off", "prefer", "skip")
EVIDENCE = "evidence"
BY_LABEL = "by_label"

Restrict = str | Mapping[str, Sequence[str]] | None


@dataclass(frozen=True)
class Calibration:
    """What was chosen for a model and its KB, and is stored with them.

    The threshold holds while the setting is `setting` (null, or the one that `linker.threshold = ...` replaced) and
    concepts are combined as they were then, in the way `combine`. `weights` are those of the evidence, null: the
    shipped ones.
    """

    threshold: float = 0.0
    setting: float | None = None
    combine: str | None = None
    weights: Mapping[str, float] | None = None

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
    restrict: str | Mapping[str, Sequence[str]] | None = setting(
        BY_LABEL,
        "what a mention may become: `by_label`, what its label commonly means (a drug is no disease; concepts that do "
        "not say what they are fit every label); a table label -> patterns of types (`T047`, `C*`) or ids (`MONDO:*`), "
        "other labels are free; null: anything",
        or_null=True,
    )
    n_candidates: int = setting(10, "how many concepts are kept", least=1)
    context_window: int | None = setting(None, "words of context; null: what the model was trained with", least=0)
    abbreviations: bool = setting(
        True,
        "try the long form too that the text, the mention before its brackets, or an abbreviation detector that ran "
        "before gives a short form; the two have one answer",
    )
    undefined_abbreviations: bool = setting(
        True,
        "an abbreviation that is no name and that the text does not define is tried in the long form that most "
        "abstracts give it (a table of 1,951, counted in 26,500 abstracts)",
    )
    spellings: bool = setting(
        True, "try mentions with Greek letters, Roman numerals or British spelling in their other spelling too"
    )
    composites: bool = setting(
        False,
        "a mention that is a list of names (`breast and ovarian cancer`) may get the concepts of all of them, in "
        "`_.kb_ids`",
    )
    exact_match: str = setting(
        "off",
        "what a mention that is a name of exactly one concept does: `off`, `prefer` (it comes first) or `skip` (the "
        "generator is not asked)",
        choices=EXACT_MATCH,
    )
    combine: str | None = setting(
        EVIDENCE,
        "how concepts are ranked: `evidence`, by all that speaks for them (names that the generator wrote, names that "
        "are similar, the dictionary, the label), weighed; null: by the generator alone",
        choices=(EVIDENCE,),
        or_null=True,
    )
    rescore: bool = setting(
        False,
        "with `combine`, the generator is also asked how likely the similar names are that it did not write: slower",
    )
    gate: bool = setting(
        True,
        "with `combine`, the generator is not asked about a mention that one concept alone has for a name: that "
        "concept comes first anyway",
    )
    gate_probability: float = setting(
        0.7,
        "with `gate`, nor about one whose first concept is at least so probable by all other evidence; 1: about all "
        "that are no name of one concept",
        least=0,
        most=1,
    )
    share_repeats: bool = setting(
        True, "mentions of a document with the same words and label are answered once, as the first of them"
    )
    document: bool = setting(
        False,
        "of the concepts of one name, one that the document surely mentions elsewhere counts for more; it helps in "
        "some corpora and harms in others (docs/results.md)",
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
        if isinstance(self.restrict, str) and self.restrict != BY_LABEL:
            raise ConfigError(f"restrict is {self.restrict!r}: use {BY_LABEL!r}, a table label -> patterns, or null.")
        if isinstance(self.restrict, Mapping) and any(isinstance(one, str) for one in self.restrict.values()):
            raise ConfigError("restrict has a label with one pattern: use a list of them for each label.")
        if isinstance(self.labels, str):
            raise ConfigError(f"labels is {self.labels!r}: use a list, [{self.labels!r}].")
        if not self.attributes.isidentifier():
            raise ConfigError(f"attributes is {self.attributes!r}: use a word such as 'kb' or 'hpo'.")
