"""What a stage leaves in its folder, each file written all or nothing: other processes wait for it."""

import json
from pathlib import Path
from typing import Any

from ..files import whole
from ..models.generator import Generator

GENERATOR, PAIRS, REFERENCE = "generator", "pairs.jsonl", "reference.npy"
METRICS, SETTINGS = "metrics.json", "settings.json"


def write_metrics(metrics: dict[str, Any], path: Path) -> None:
    """As JSON, for people and `spacy project`."""
    with whole(path) as fresh:
        fresh.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf8")


def read_metrics(path: Path) -> dict[str, Any]:
    """What `write_metrics` wrote."""
    metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return metrics


def save_generator(generator: Generator, folder: Path) -> None:
    """Writes the generator's folder."""
    with whole(folder) as fresh:
        generator.to_folder(fresh)
