"""Readers of knowledge base sources: one file a source, one table of kinds."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept, Provenance
from ..knowledge_base import KnowledgeBase
from ..normalise import DEFAULT_NORMALISER
from .angel import read_angel
from .ctd import read_ctd
from .jsonl import read_jsonl
from .medic import read_medic
from .mesh_tsv import read_mesh_tsv
from .ssslm import read_ssslm

Reader = Callable[[str | Path], Iterator[Concept]]
Watch = Callable[[Iterator[Concept]], Iterable[Concept]]

READERS: dict[str, Reader] = {
    "angel": read_angel,
    "ctd": read_ctd,
    "jsonl": read_jsonl,
    "medic": read_medic,
    "mesh-tsv": read_mesh_tsv,
    "ssslm": read_ssslm,
}

__all__ = ["READERS", "Reader", "read_kb"]


def read_kb(
    kind: str,
    path: str | Path,
    *,
    normaliser: str = DEFAULT_NORMALISER,
    version: str = "",
    date: str = "",
    licence: str = "",
    watch: Watch = iter,
) -> KnowledgeBase:
    """The KB in a source file of a kind in `READERS`; its provenance says which file (name and sha256).

    Concepts are packed as they are read. `watch` passes them on, and may show how far that is.
    """
    if kind not in READERS:
        raise KnowledgeBaseError(f"Unknown kind of source {kind!r}; choose one of {', '.join(sorted(READERS))}.")
    provenance = Provenance(f"{kind}/{Path(path).name}", version, date, licence, _sha256(path))
    try:
        return KnowledgeBase(watch(READERS[kind](path)), normaliser=normaliser, provenance=provenance)
    except KnowledgeBaseError as error:
        if str(error).startswith(str(path)):  # a reader's own, with the line
            raise
        raise KnowledgeBaseError(f"{path}: {error}") from None


def _sha256(path: str | Path) -> str:
    """The checksum of a file as it lies there, compressed or not."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise KnowledgeBaseError(f"Cannot read {path} ({error.strerror}); check the path.") from error
    return digest.hexdigest()
