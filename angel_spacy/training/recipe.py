"""What a training run is made of, read from a spaCy-style .cfg file; unknown settings are errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from confection import Config
from pydantic import Discriminator, Tag, TypeAdapter, ValidationError

from ..errors import ConfigError
from ..prompts import PromptFormat
from .sections import (
    DevSet,
    EncoderSettings,
    NetworkSize,
    Paths,
    PositiveStage,
    PreferenceStage,
    TokenizerSettings,
    Training,
)

_OBJECTIVES = "Input should be a section whose objective is 'positive' or 'preference'"


def _objective(section: Any) -> Any:
    return section.get("objective", "positive") if isinstance(section, dict) else None


Stage = Annotated[
    Annotated[PositiveStage, Tag("positive")] | Annotated[PreferenceStage, Tag("preference")],
    Discriminator(_objective, custom_error_type="objective", custom_error_message=_OBJECTIVES),
]


@dataclass(frozen=True)
class Recipe:
    """A whole run, section by section."""

    paths: Paths
    stages: Mapping[str, Stage] = field(default_factory=dict)
    dev: Mapping[str, DevSet] = field(default_factory=dict)
    training: Training = field(default_factory=Training)
    network: NetworkSize = field(default_factory=NetworkSize)
    tokenizer: TokenizerSettings = field(default_factory=TokenizerSettings)
    prompt: PromptFormat = field(default_factory=PromptFormat)
    encoder: EncoderSettings = field(default_factory=EncoderSettings)


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
    """The recipe of an interpolated config; null stands for a setting's default. Raises ConfigError."""
    try:
        # As JSON, where strict types take a list for a tuple and a section for its dataclass.
        text = json.dumps(_given(config), default=str)
        return TypeAdapter(Recipe).validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None


def _given(section: Mapping[str, Any]) -> dict[str, Any]:
    """The section without what is null."""
    return {
        name: _given(value) if isinstance(value, Mapping) else value
        for name, value in section.items()
        if value is not None
    }


def _sentence(error: ValidationError) -> str:
    """Section, setting, value and remedy of the first fault."""
    fault = error.errors()[0]
    place = [str(part) for part in fault["loc"] if isinstance(part, str)]
    if place[0] == "stages":
        del place[2:3]  # which objective's settings were looked through
    section, name = ".".join(place[:-1]), place[-1]
    setting = f"[{section}] {name}" if section else f"[{name}]"
    if fault["type"] == "unexpected_keyword_argument":
        return f"{setting} of the training config is unknown: remove it, or see configs/ for what there is."
    if fault["type"] == "missing":
        return f"{setting} is missing in the training config: give it, as those in configs/ do."
    if fault["type"] == "value_error":
        return f"[{'.'.join(place)}] {fault['ctx']['error']}"
    return f"{setting} is {fault['input']!r}: {fault['msg'].replace('Input', 'it', 1)}."
