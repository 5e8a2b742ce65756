"""JSON lines, a concept a line.

Ours: `{"id", "names", "alt_ids", "types", "definition", "xrefs", "parents"}`, all but the first two optional;
scispaCy's: `{"concept_id", "canonical_name", "aliases", "types", "definition"}`.
"""

from collections.abc import Iterator, Mapping

import srsly

from ...errors import KnowledgeBaseError
from ..concept import Concept, concept_of
from .source import Source, distinct


def read_jsonl(source: Source) -> Iterator[Concept]:
    """The concepts of a JSONL file; the first of a concept's names is its preferred one."""
    return source.concepts(lambda line: concept_of(_record(line)))


def read_scispacy(source: Source) -> Iterator[Concept]:
    """The concepts of a scispaCy knowledge base (`umls_2022_ab_cat0129.jsonl` and the like)."""
    return source.concepts(_scispacy)


def _scispacy(line: str) -> Concept:
    record = _record(line)
    if not isinstance(record, Mapping) or not {"concept_id", "canonical_name"} <= record.keys():
        raise KnowledgeBaseError("expected concept_id and canonical_name; is it scispaCy's JSONL, or `jsonl`?")
    if wrong := [field for field in ("aliases", "types") if not isinstance(record.get(field) or [], list)]:
        raise KnowledgeBaseError(f"{wrong[0]} is {record[wrong[0]]!r:.60}; write a list of strings")
    name = str(record["canonical_name"])
    aliases, types = (map(str, record.get(field) or ()) for field in ("aliases", "types"))
    return Concept(
        str(record["concept_id"]),
        name,
        distinct((alias.strip() for alias in aliases), but=name),
        types=tuple(types),
        definition=str(record.get("definition") or ""),
    )


def _record(line: str) -> object:
    try:
        return srsly.json_loads(line)
    except (ValueError, RecursionError) as error:
        raise KnowledgeBaseError(f"not JSON ({error}); write one JSON object a line") from error
