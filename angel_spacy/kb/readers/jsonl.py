"""JSONL: one concept a line as `{"id", "names", "alt_ids", "types", "definition"}`, the last three optional."""

from collections.abc import Iterator
from pathlib import Path

import srsly

from ...errors import KnowledgeBaseError
from ..concept import Concept, concept_of
from .text import read_concepts


def read_jsonl(path: str | Path) -> Iterator[Concept]:
    """The concepts of a JSONL file; the first of a concept's names is its preferred one."""
    return read_concepts(path, _parse)


def _parse(line: str) -> Concept:
    try:
        record = srsly.json_loads(line)
    except ValueError as error:
        raise KnowledgeBaseError(f"not JSON ({error}); write one JSON object a line") from error
    return concept_of(record)
