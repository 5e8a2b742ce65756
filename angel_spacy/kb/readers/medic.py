"""MEDIC as shipped with the NCBI Disease corpus: `id|alternative ids|…||name|synonym|…`.

An empty field ends the alternative ids (there may be none, one or more); the preferred name follows.
"""

from collections.abc import Iterator

from ...errors import KnowledgeBaseError
from ..concept import Concept
from .source import Source


def read_medic(source: Source) -> Iterator[Concept]:
    """The diseases of a MEDIC file."""
    return source.concepts(_parse)


def _parse(line: str) -> Concept:
    concept_id, *fields = (field.strip() for field in line.split("|"))
    if "" not in fields[:-1]:
        raise KnowledgeBaseError("expected `id|alternative ids||name|…`, found no empty field before a name; add it")
    end = fields.index("")
    name, *synonyms = fields[end + 1 :]
    return Concept(concept_id, name, tuple(synonyms), alt_ids=tuple(fields[:end]), types=("Disease",))
