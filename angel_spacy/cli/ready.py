"""A pipeline ready to link: loaded, with its linker, knowledge base and threshold in place."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

    from ..component import AngelLinker


def ready_pipeline(
    name: str, kb: Path | None = None, threshold: float | None = None
) -> tuple["Language", "AngelLinker"]:
    """The named pipeline and its linker; one without a linker gets the starter's. Model and KB are read now."""
    from ..component import AngelLinker
    from ..evaluation import find_linker
    from ..kb import KnowledgeBase
    from ..pipelines import load_pipeline

    nlp = load_pipeline(name)
    if not any(isinstance(pipe, AngelLinker) for _, pipe in nlp.pipeline):
        nlp.add_pipe("angel_linker")
    linker = find_linker(nlp)
    if kb is not None:
        linker.set_kb(KnowledgeBase.from_disk(kb))
    if threshold is not None:
        linker.settings = replace(linker.settings, threshold=threshold)
    linker.linker.build_index()
    return nlp, linker
