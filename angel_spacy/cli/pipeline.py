"""A pipeline ready to link: loaded, with its linker, knowledge base and settings in place."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language

    from ..component.linker import AngelLinker


def ready_pipeline(
    name: str, kb: Path | None = None, **settings: float | str | None
) -> tuple["Language", "AngelLinker"]:
    """The named pipeline and its linker; one without a linker gets the starter's. Model and KB are read now.

    `settings` are those of the linker; None leaves the pipeline's.
    """
    from ..component.loading import pipeline_with_linker

    nlp, linker = pipeline_with_linker(name, kb)
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    linker.settings = replace(linker.settings, **given)
    linker.generated.build_index()
    return nlp, linker
