"""What a training run is made of, read from a spaCy-style .cfg file; unknown settings are errors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from confection import Config

from ..errors import ConfigError
from ..prompts import PromptFormat
from .network import NetworkSize
from .trainer import Schedule

T = TypeVar("T")


@dataclass(frozen=True)
class Paths:
    """Where a run reads and writes. `init` starts from a saved generator instead of fresh weights.

    `lexica` are KB folders whose names teach synonymy; they are no answers.
    """

    kbs: tuple[str, ...]
    output: str
    corpora: tuple[str, ...] = ()
    lexica: tuple[str, ...] = ()
    texts: str = ""
    init: str = ""


@dataclass(frozen=True)
class TokenizerSettings:
    """The BPE of a generator trained from scratch; `dropout` applies to prompts while training."""

    vocab_size: int = 8000
    dropout: float = 0.05


@dataclass(frozen=True)
class Shares:
    """How often a pool comes from KB synonyms, sentences made of them, lexica, dictionary hits, annotated mentions."""

    synonyms: float = 1.0
    templates: float = 0.0
    lexica: float = 0.0
    hits: float = 0.0
    mentions: float = 0.0

    def __post_init__(self) -> None:
        if min(getattr(self, one.name) for one in fields(self)) < 0:
            raise ConfigError("A share is below 0: give 0 for what shall not be drawn from.")


@dataclass(frozen=True)
class Stage:
    """A positive stage: its schedule and what it reads. `keep_best`: its result is dropped when its start was better
    on dev."""

    schedule: Schedule
    shares: Shares
    keep_best: bool = False


@dataclass(frozen=True)
class PairSettings:
    """Where a preference stage has its pairs from, section [stages.NAME.pairs].

    `source`: "model", its own answers on the annotated mentions (stage 4); "names", its own answers on names of KBs
    and lexica, with noise; "synonyms", names with the lexically nearest name of another concept (stage 2); "similar",
    annotated mentions with such names; "files".
    The pairs are learnt in `n_chunks`, each with the network before it as reference. `stop_after` (0: never) ends the
    stage behind that many chunks, `patience` (0: never) when so many in a row were not better on dev.
    """

    source: str = "model"
    n_chunks: int = 4
    stop_after: int = 0
    patience: int = 0
    top: int = 5  # answers of the model, or neighbours, that wrong names are taken from
    every: bool = False  # every right name with every wrong one, instead of those in the wrong order
    aliases: bool = True  # "model": annotated mentions are names too, but none is an answer to itself
    missed: bool = True  # a pair for a mention with nothing right among the answers
    on_policy: bool = True  # each chunk is answered by the network as it is by then, not by that of the start
    n_pairs: int = 20000  # of "synonyms", and as many names are answered for "names"
    files: tuple[str, ...] = ()
    replay: float = 0.0  # "files": for each of their pairs so many more, as of "model" or, without corpora, of "names"

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise ConfigError(f"pairs.source is {self.source!r}: use one of {', '.join(SOURCES)}.")
        if self.n_chunks < 1 or self.top < 2:
            raise ConfigError("pairs.n_chunks must be 1 or more and pairs.top 2 or more: change them.")
        if self.stop_after > self.n_chunks or min(self.stop_after, self.patience) < 0:
            raise ConfigError("pairs.stop_after must be 0 to n_chunks, pairs.patience 0 or more: change them.")
        if self.n_pairs < 1 or self.replay < 0:
            raise ConfigError("pairs.n_pairs must be 1 or more and pairs.replay 0 or more: change them.")
        if self.source == "files" and not self.files:
            raise ConfigError("pairs.source is 'files' and pairs.files is empty: name the files of pairs.")


SOURCES = ("model", "names", "synonyms", "similar", "files")


@dataclass(frozen=True)
class PreferenceStage:
    """A stage that learns from pairs of a right and a wrong name by direct preference optimisation."""

    schedule: Schedule
    pairs: PairSettings
    beta: float = 0.1
    positive_weight: float = 0.0
    by_token: bool = False

    def __post_init__(self) -> None:
        if self.beta <= 0 or self.positive_weight < 0:
            raise ConfigError("beta must be above 0 and positive_weight 0 or more: change them.")


@dataclass(frozen=True)
class DevSet:
    """Annotated mentions to choose by, section [dev.NAME]: a KB folder, a corpus, corpora whose mentions are names."""

    kb: str
    corpus: str
    aliases: tuple[str, ...] = ()
    limit: int = 0  # the first so many articles; 0: all


@dataclass(frozen=True)
class Training:
    """Section [training]."""

    seed: int = 0


@dataclass(frozen=True)
class Recipe:
    """A whole run."""

    paths: Paths
    stages: Mapping[str, Stage | PreferenceStage]
    dev: Mapping[str, DevSet] = field(default_factory=dict)
    seed: int = 0
    network: NetworkSize = field(default_factory=NetworkSize)
    tokenizer: TokenizerSettings = field(default_factory=TokenizerSettings)
    prompt: PromptFormat = field(default_factory=PromptFormat)


def read_recipe(path: Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe in `path`; `overrides` are dotted settings as spaCy's command line takes them."""
    try:
        config = Config().from_disk(path, overrides=dict(overrides or {}))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is no training config: {error}. See configs/generator-toy.cfg.") from error
    recipe = make_recipe(config)
    if not recipe.paths.kbs:
        raise ConfigError(f"{path} has no KB: name KB folders under [paths] kbs, or give --pipeline.")
    return recipe


def make_recipe(config: Mapping[str, Any]) -> Recipe:
    """The recipe of an interpolated config."""
    unknown = set(config) - {"paths", "dev", "stages", "training", "network", "tokenizer", "prompt"}
    if unknown:
        raise ConfigError(f"Unknown section {sorted(unknown)[0]!r} in the training config: remove it.")
    paths = dict(config.get("paths", {}))
    for several in ("kbs", "corpora", "lexica"):
        paths[several] = _tuple(paths.get(several))
    return Recipe(
        paths=_make(Paths, "paths", {key: value for key, value in paths.items() if value is not None}),
        stages={name: _stage(name, section) for name, section in config.get("stages", {}).items()},
        dev={name: _dev_set(name, section) for name, section in config.get("dev", {}).items()},
        seed=_make(Training, "training", config.get("training", {})).seed,
        network=_make(NetworkSize, "network", config.get("network", {})),
        tokenizer=_make(TokenizerSettings, "tokenizer", config.get("tokenizer", {})),
        prompt=_make(PromptFormat, "prompt", config.get("prompt", {})),
    )


def _stage(name: str, section: Mapping[str, Any]) -> Stage | PreferenceStage:
    settings = dict(section)
    objective = settings.pop("objective", "positive")
    if objective == "preference":
        return _preference_stage(f"stages.{name}", settings)
    if objective != "positive":
        raise ConfigError(f"[stages.{name}] has the objective {objective!r}: use 'positive' or 'preference'.")
    shares = _make(Shares, f"stages.{name}.shares", settings.pop("shares", {}))
    keep_best = bool(settings.pop("keep_best", False))
    schedule = _make(Schedule, f"stages.{name}", settings)
    if schedule.steps < 1:
        raise ConfigError(f"[stages.{name}] has no `steps`: say how many, its examples have no end.")
    return Stage(schedule, shares, keep_best)


def _preference_stage(place: str, settings: dict[str, Any]) -> PreferenceStage:
    pairs = dict(settings.pop("pairs", {}))
    pairs["files"] = _tuple(pairs.get("files"))
    own: dict[str, Any] = {
        name: settings.pop(name) for name in ("beta", "positive_weight", "by_token") if name in settings
    }
    defaults = {"learning_rate": 2e-5, "lr_scheduler": "constant", "warmup_steps": 0, "batch_size": 16}
    schedule = _make(Schedule, place, defaults | settings)
    made = _make(PairSettings, f"{place}.pairs", pairs)
    return _make(PreferenceStage, place, {"schedule": schedule, "pairs": made, **own})


def _dev_set(name: str, section: Mapping[str, Any]) -> DevSet:
    settings = dict(section)
    return _make(DevSet, f"dev.{name}", settings | {"aliases": _tuple(settings.get("aliases"))})


def _tuple(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """A list of the config; one word of the command line is a list of one."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def _make(kind: type[T], section: str, settings: Mapping[str, Any]) -> T:
    for one in fields(kind):  # type: ignore[arg-type]  # every kind is a dataclass
        if one.name in settings and not _fits(settings[one.name], str(getattr(one.type, "__name__", one.type))):
            raise ConfigError(f"[{section}] {one.name} is {settings[one.name]!r}: give a value of type {one.type}.")
    try:
        return kind(**settings)
    except TypeError as error:
        raise ConfigError(
            f"[{section}] of the training config: {error}. See configs/ for the settings there are."
        ) from error


def _fits(value: Any, kind: str) -> bool:
    """Whether a setting is of the simple type that is asked for; other types are not looked at."""
    if kind in ("int", "float"):
        return isinstance(value, int if kind == "int" else (int, float)) and not isinstance(value, bool)
    return not (kind == "bool" and not isinstance(value, bool)) and not (kind == "str" and not isinstance(value, str))
