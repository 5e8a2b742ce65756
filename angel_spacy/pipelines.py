"""Pipelines by name: the starter, a folder, or an installed package."""

import warnings
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language

from .errors import AngelError, ModelError

STARTER = "starter"  # its name
STARTER_FOLDER = Path(__file__).parent / "starter" / "pipeline"
STARTER_LINKER = STARTER_FOLDER / "angel_linker"  # model, kb, trie, calibration
DEMO_TEXTS = STARTER_FOLDER.with_name("demo.jsonl")


def load_pipeline(name: str | Path, **kwargs: Any) -> Language:
    """The pipeline that `name` says; `kwargs` are those of `spacy.load`. Raises ModelError when it cannot be loaded."""
    if name == STARTER:
        name = _starter_folder()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Possible (set|nested)", FutureWarning)  # scispaCy's tokenizer rules
            return spacy.load(name, **kwargs)
    except AngelError:
        raise
    except Exception as error:  # a damaged folder raises whatever its readers raise
        raise ModelError(
            f"The pipeline {str(name)!r} cannot be loaded ({error}). "
            f"Give a pipeline folder, the name of an installed package, or {STARTER!r}."
        ) from error


def _starter_folder() -> Path:
    if not (STARTER_FOLDER / "config.cfg").is_file():
        raise ModelError(
            f"The starter pipeline is absent from this installation ({STARTER_FOLDER}). Install angel-spacy again, "
            "or name a pipeline of your own."
        )
    return STARTER_FOLDER
