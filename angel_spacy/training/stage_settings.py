"""What a stage was begun with: a folder is gone on with only when that is still so."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .outputs import SETTINGS, read_metrics, write_metrics
from .processes import once
from .recipe import Recipe
from .sections import PreferenceStage

_OF_NO_CONSEQUENCE = ("save_steps", "log_steps", "report_to", "use_cpu")  # for a stage's result


def check_settings(recipe: Recipe, name: str, folder: Path) -> None:
    """Notes what a stage is run with. Raises ConfigError when its folder is that of a run with other settings."""
    check_same(_settings(recipe, name), folder, "paths.output")


def check_same(settings: Mapping[str, Any], folder: Path, option: str) -> None:
    """Notes the settings, as JSON holds them, in a run's folder. Raises ConfigError when it is that of a run with
    others; `option` names another folder."""
    path = folder / SETTINGS
    once(path, lambda: write_metrics(dict(settings), path))
    before = read_metrics(path)
    if changed := [key for key in settings if settings[key] != before.get(key)]:
        raise ConfigError(
            f"{folder} holds a run with other settings ({', '.join(changed)}): delete it to train anew, "
            f"or give another {option}."
        )


def _settings(recipe: Recipe, name: str) -> dict[str, Any]:
    """All that a stage's result depends on, as JSON holds it: settings, inputs by name, files of pairs by content."""
    stage = recipe.stages[name]
    own = {key: value for key, value in asdict(stage).items() if key not in _OF_NO_CONSEQUENCE}
    paths = {key: value for key, value in asdict(recipe.paths).items() if key != "output"}
    files = stage.pairs.files if isinstance(stage, PreferenceStage) else ()
    sums = {path: sha256(Path(path).read_bytes()).hexdigest() for path in files if Path(path).is_file()}
    dev = {key: asdict(one) for key, one in recipe.dev.items()}
    found: dict[str, Any] = json.loads(
        json.dumps({**own, "paths": paths, "files of pairs": sums, "seed": recipe.training.seed, "dev": dev})
    )
    return found
