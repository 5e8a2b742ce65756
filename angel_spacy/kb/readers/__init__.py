"""Readers of knowledge base sources: one file a kind, one line in the table of kinds."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...arrays.checksums import sha256_of
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

Watch = Callable[[Iterator[Concept]], Iterable[Concept]]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of source. `read` takes a file or a folder, and options by name where it has any."""

    name: str
    help: str
    read: Callable[..., Iterator[Concept]]


FORMATS = {
    each.name: each
    for each in (
        Format("angel", "target_kb.json", read_angel),
        Format("ctd", "CTD diseases TSV", read_ctd),
        Format("jsonl", "a concept a line", read_jsonl),
        Format("medic", "MEDIC text", read_medic),
        Format("mesh-tsv", "MeSH descriptors", read_mesh_tsv),
        Format("ssslm", "name lexicon", read_ssslm),
    )
}

__all__ = ["FORMATS", "Format", "read_kb"]


def read_kb(
    kind: str,
    path: str | Path,
    *,
    normaliser: str = DEFAULT_NORMALISER,
    prefixes: Iterable[str] = (),
    version: str = "",
    date: str = "",
    licence: str = "",
    watch: Watch = iter,
    **options: Any,
) -> KnowledgeBase:
    """The KB in a source of a kind in `FORMATS`; its provenance says which file or folder (name and sha256).

    Concepts are packed as they are read. `watch` passes them on, and may show how far that is. `prefixes` may be left
    out of ids, see `KnowledgeBase`; `options` are those of the kind's reader.
    """
    if kind not in FORMATS:
        raise KnowledgeBaseError(f"Unknown kind of source {kind!r}; choose one of {', '.join(FORMATS)}.")
    _check_options(FORMATS[kind], options)
    provenance = Provenance(f"{kind}/{Path(path).name}", version, date, licence, _sha256(path))
    try:
        concepts = watch(FORMATS[kind].read(path, **options))
        return KnowledgeBase(concepts, normaliser=normaliser, provenance=provenance, prefixes=prefixes)
    except KnowledgeBaseError as error:
        if str(error).startswith(str(path)):  # a reader's own, with the line
            raise
        raise KnowledgeBaseError(f"{path}: {error}") from None


def _check_options(kind: Format, options: dict[str, Any]) -> None:
    signature = inspect.signature(kind.read)
    try:
        signature.bind("", **options)
    except TypeError as error:
        known = ", ".join(list(signature.parameters)[1:]) or "none"
        raise KnowledgeBaseError(f"A source of kind {kind.name}: {error}; its options are: {known}.") from None


def _sha256(path: str | Path) -> str:
    try:
        return sha256_of(Path(path))
    except OSError as error:
        raise KnowledgeBaseError(f"Cannot read {path} ({error.strerror}); check the path.") from error
