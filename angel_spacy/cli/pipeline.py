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
    from ..component.linker import AngelLinker
    from ..evaluation.run import find_linker
    from ..kb import KnowledgeBase
    from ..pipelines import load_pipeline

    nlp = load_pipeline(name)
    if not any(isinstance(pipe, AngelLinker) for _, pipe in nlp.pipeline):
        nlp.add_pipe("angel_linker")
    linker = find_linker(nlp)
    if kb is not None:
        linker.set_kb(KnowledgeBase.from_disk(kb))
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    linker.settings = replace(linker.settings, **given)
    linker.generated.build_index()
    return nlp, linker
