"""MeSH descriptors as a table: id, heading, entry terms separated by `|`."""

from collections.abc import Iterator

from ...errors import KnowledgeBaseError
from ..concept import Concept
from .source import Source, split_fields


def read_mesh_tsv(source: Source) -> Iterator[Concept]:
    """The descriptors of a MeSH table."""
    return source.concepts(_parse)


def _parse(line: str) -> Concept:
    fields = line.split("\t")
    if len(fields) != 3:
        raise KnowledgeBaseError(f"expected 3 columns (id, heading, entry terms), got {len(fields)}; check the tabs")
    concept_id, heading, terms = fields
    return Concept(concept_id.strip(), heading.strip(), split_fields(terms))
