"""What a training run is made of, read from a spaCy-style .cfg file; unknown settings are errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """Where a run reads and writes. `init` starts from a saved generator instead of fresh weights."""

    kbs: tuple[str, ...]
    output: str
    corpora: tuple[str, ...] = ()
    texts: str = ""
    init: str = ""


@dataclass(frozen=True)
class TokenizerSettings:
    """The BPE of a generator trained from scratch; `dropout` applies to prompts while training."""

    vocab_size: int = 8000
    dropout: float = 0.05


@dataclass(frozen=True)
class Shares:
    """How often a pool of examples comes from KB synonyms, dictionary hits in texts, annotated mentions."""

    synonyms: float = 1.0
    hits: float = 0.0
    mentions: float = 0.0


@dataclass(frozen=True)
class Stage:
    """One stage: its schedule and what it reads."""

    schedule: Schedule
    shares: Shares


@dataclass(frozen=True)
class PreferenceSchedule:
    """A preference stage: chunks are mined with `top` beams, then learnt from in one pass.

    `stop_after` (0: never) ends it behind that many chunks: too much of it hurts, so choose it on dev.
    """

    n_chunks: int = 4
    stop_after: int = 0
    top: int = 5
    beta: float = 0.1
    learning_rate: float = 2e-5
    batch_size: int = 16
    max_grad_norm: float = 1.0
    weight_decay: float = 0.01
    bf16: bool = True


@dataclass(frozen=True)
class Recipe:
    """A whole run."""

    paths: Paths
    stages: Mapping[str, Stage | PreferenceSchedule]
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
    return make_recipe(config)


def make_recipe(config: Mapping[str, Any]) -> Recipe:
    """The recipe of an interpolated config."""
    unknown = set(config) - {"paths", "stages", "training", "network", "tokenizer", "prompt"}
    if unknown:
        raise ConfigError(f"Unknown section {sorted(unknown)[0]!r} in the training config: remove it.")
    paths = dict(config.get("paths", {}))
    for several in ("kbs", "corpora"):
        paths[several] = tuple(paths.get(several) or ())
    return Recipe(
        paths=_make(Paths, "paths", {key: value for key, value in paths.items() if value is not None}),
        stages={name: _stage(name, section) for name, section in config.get("stages", {}).items()},
        seed=int(config.get("training", {}).get("seed", 0)),
        network=_make(NetworkSize, "network", config.get("network", {})),
        tokenizer=_make(TokenizerSettings, "tokenizer", config.get("tokenizer", {})),
        prompt=_make(PromptFormat, "prompt", config.get("prompt", {})),
    )


def _stage(name: str, section: Mapping[str, Any]) -> Stage | PreferenceSchedule:
    settings = dict(section)
    objective = settings.pop("objective", "positive")
    if objective == "preference":
        return _make(PreferenceSchedule, f"stages.{name}", settings)
    if objective != "positive":
        raise ConfigError(f"[stages.{name}] has the objective {objective!r}: use 'positive' or 'preference'.")
    shares = _make(Shares, f"stages.{name}.shares", settings.pop("shares", {}))
    return Stage(_make(Schedule, f"stages.{name}", settings), shares)


def _make(kind: type[T], section: str, settings: Mapping[str, Any]) -> T:
    try:
        return kind(**settings)
    except TypeError as error:
        raise ConfigError(
            f"[{section}] of the training config: {error}. See configs/ for the settings there are."
        ) from error
