"""What /health says of the pipeline. It is read once: later the pipeline is the worker's."""

from __future__ import annotations

from typing import Any

from spacy.language import Language

from ..component.linker import AngelLinker
from .desk import Desk


def pipeline_info(nlp: Language, linker: AngelLinker) -> dict[str, Any]:
    """Names, versions and sizes, and the labels of what sets entities or spans."""
    kb = linker.kb
    source = kb.provenance
    return {
        "pipeline": {"name": f"{nlp.lang}_{nlp.meta['name']}", "version": nlp.meta["version"]},
        "kb": {
            "concepts": len(kb),
            "names": kb.n_names,
            "source": source.source,
            "version": source.version,
            "date": source.date,
            "licence": source.licence,
        },
        "labels": sorted({label for name in nlp.pipe_names if _marks(nlp, name) for label in nlp.pipe_labels[name]}),
    }


def state(desk: Desk) -> dict[str, Any]:
    """What changes: whether it stops, and how much waits."""
    limits = desk.limits
    return {
        "status": "stopping" if desk.is_stopping else "ok",
        "queue": {"waiting": desk.n_waiting(), "limit": limits.waiting},
        "limits": {
            "texts": limits.texts,
            "characters": limits.characters,
            "bytes": limits.bytes,
            "seconds": limits.seconds,
        },
    }


def _marks(nlp: Language, name: str) -> bool:
    return name in nlp.pipe_labels and bool({"doc.ents", "doc.spans"} & set(nlp.get_pipe_meta(name).assigns))
