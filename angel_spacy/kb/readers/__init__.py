"""Readers of vocabularies: one file a kind, one line in the table of kinds; packages of others may add theirs."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from html import unescape
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from ... import files
from ...arrays.checksums import sha256_of
from ...errors import KnowledgeBaseError
from ..concept import Concept, Provenance
from ..knowledge_base import KnowledgeBase
from ..normalise import DEFAULT_NORMALISER, get_normaliser
from .format import Format
from .kinds import FORMATS
from .source import Skipped, Source

ENTRY_POINTS = "angel_spacy_kb_readers"
"""The group of entry points where other packages name a `Format` of theirs."""

Watch = Callable[[Iterator[Concept]], Iterable[Concept]]

__all__ = ["ENTRY_POINTS", "FORMATS", "Format", "Skipped", "Source", "known_formats", "looks_like", "read_kb"]

_HEAD = 4096  # bytes that tell of what kind a file is


@lru_cache(1)
def _of_others() -> dict[str, Format]:
    return {point.name: point.load() for point in entry_points(group=ENTRY_POINTS)}


def known_formats() -> dict[str, Format]:
    """All kinds of sources by name: ours, and what other installed packages bring."""
    return _of_others() | FORMATS


def read_kb(
    kind: str,
    source: Source | str | Path | Iterable[str | Path] = (),
    *,
    normaliser: str = DEFAULT_NORMALISER,
    prefixes: Iterable[str] = (),
    version: str = "",
    date: str = "",
    licence: str = "",
    watch: Watch = iter,
    **options: Any,
) -> KnowledgeBase:
    """The KB in a source of a kind in `known_formats()`; its provenance says which files (name and sha256).

    `source`: a path, several, none for a vocabulary inside an installed package; or a `Source`, which afterwards tells
    what was left out. Concepts are packed as they are read. `watch` passes them on, and may show how far that is.
    `prefixes` may be left out of ids, see `KnowledgeBase`; `options` are those of the kind's reader. `version`, `date`
    and `licence` go before what is found in the source. Raises KnowledgeBaseError.
    """
    formats = known_formats()
    if kind not in formats:
        raise KnowledgeBaseError(f"Unknown kind of source {kind!r}; choose one of {', '.join(sorted(formats))}.")
    form = formats[kind]
    _check_options(form, options)
    source = _source(source)
    sha256 = _sha256(source.paths)
    try:
        concepts = form.read(source, **options)
        if form.forgiving:
            concepts = _usable(concepts, source, normaliser)
        kb = KnowledgeBase(watch(concepts), normaliser=normaliser, prefixes=prefixes or form.prefixes)
    except KnowledgeBaseError as error:
        names = [str(path) for path in source.paths]
        has_place = not names or any(name in str(error) for name in names)  # a reader's own, with the line
        problem = str(error) if has_place else f"{', '.join(names)}: {error}"
        raise KnowledgeBaseError(problem + looks_like(source, kind)) from error
    kb.provenance = Provenance(
        "/".join([kind, ", ".join(path.name for path in source.paths)]).rstrip("/"),
        version or source.version,
        date or source.date,
        licence or source.licence or form.licence,
        sha256,
        "; ".join(f"{n:,} {reason}" for reason, n in source.skipped.counts.most_common()),
    )
    return kb


def looks_like(source: Source, kind: str) -> str:
    """What to tell of a source that is not of the kind that was said, but begins as one of another; "" otherwise."""
    path = next((path for path in source.paths if path.is_file()), None)
    if path is None:
        return ""
    try:
        with files.open_bytes(path) as file:
            head = file.read1(_HEAD)
    except files.UNREADABLE:
        return ""
    formats = known_formats()
    if re.match(formats[kind].beginning, head):
        return ""
    others = (one.name for one in formats.values() if re.match(one.beginning, head))
    found = next(others, "")
    return f" The file looks like kind {found}." if found else ""


def _source(given: Source | str | Path | Iterable[str | Path]) -> Source:
    if isinstance(given, Source):
        return given
    return Source(given) if isinstance(given, str | Path) else Source(*given)


def _usable(concepts: Iterator[Concept], source: Source, normaliser: str) -> Iterator[Concept]:
    """Those with a name that has a letter or a digit; the others are noted as skipped. Names in which signs are written
    as in HTML (`Sj&ouml;gren`) have the signs."""
    normalise = get_normaliser(normaliser)
    for concept in concepts:
        if any("&" in name for name in concept.names):
            concept = replace(concept, name=unescape(concept.name), synonyms=tuple(map(unescape, concept.synonyms)))
        if any(map(normalise, concept.names)):
            yield concept
        else:
            source.skip("no name with a letter or a digit", f"{concept.concept_id} {concept.name!r}")


def _check_options(form: Format, options: dict[str, Any]) -> None:
    signature = inspect.signature(form.read)
    try:
        signature.bind("", **options)
    except TypeError as error:
        known = ", ".join(list(signature.parameters)[1:]) or "none"
        raise KnowledgeBaseError(f"A source of kind {form.name}: {error}; its options are: {known}.") from None


def _sha256(paths: Iterable[Path]) -> str:
    """The checksum of the one path; of several, each with its name."""
    sums = {}
    for path in paths:
        try:
            sums[path.name] = sha256_of(path)
        except OSError as error:
            raise KnowledgeBaseError(f"Cannot read {path} ({error.strerror}); check the path.") from error
    return ", ".join(sums.values() if len(sums) == 1 else (f"{sha} {name}" for name, sha in sums.items()))
