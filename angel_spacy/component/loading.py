"""A pipeline by its name, with the linker that it has or gets."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from spacy.language import Language

from ..errors import ConfigError
from ..kb import KnowledgeBase
from ..pipelines import load_pipeline
from .linker import AngelLinker
from .settings import Settings


def pipeline_with_linker(name: str | Path, kb: str | Path | None = None) -> tuple[Language, AngelLinker]:
    """The named pipeline and its linker; one without a linker gets the starter's. `kb`: a folder to link to instead."""
    nlp = load_pipeline(name)
    linker = next((pipe for _, pipe in nlp.pipeline if isinstance(pipe, AngelLinker)), None)
    if linker is None:
        linker = nlp.add_pipe("angel_linker")
    if kb is not None:
        linker.set_kb(KnowledgeBase.from_disk(kb))
    return nlp, linker


def ready_pipeline(
    name: str | Path, kb: str | Path | None = None, **settings: float | str | None
) -> tuple[Language, AngelLinker]:
    """The named pipeline and its linker, ready to link: model and KB are read now.

    `settings` are those of the linker; None leaves the pipeline's. Raises ConfigError for one that it has not.
    """
    names = [one.name for one in fields(Settings)]
    if unknown := sorted(settings.keys() - set(names)):
        raise ConfigError(f"The linker has no setting {unknown[0]!r}: it has {', '.join(names)}.")
    nlp, linker = pipeline_with_linker(name, kb)
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    linker.settings = replace(linker.settings, **given)
    linker.generated.build_index()
    return nlp, linker
