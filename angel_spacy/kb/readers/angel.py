"""The benchmark's `target_kb.json`: one JSON object, concept id -> list of names.

Of ids joined by `|` the first is the concept's and the others are alternatives; such an entry and one of the plain
id are the same concept. The same key twice is an error.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ...errors import KnowledgeBaseError
from ..concept import Concept, concept_of
from ..identifiers import fold_id, split_ids
from .source import Source, check_fields, numbered_lines


class _Members(list[tuple[str, object]]):
    """The members of a JSON object in order, repeated keys included."""


def read_angel(source: Source) -> Iterator[Concept]:
    """The concepts of a `target_kb.json`."""
    path = source.path
    keys: set[str] = set()
    concepts: dict[str, Concept] = {}
    for number, (key, names) in enumerate(_members(path), 1):
        try:
            concept = _concept(key, names)
            if key in keys:
                raise KnowledgeBaseError("the key is used before; merge the two entries")
        except KnowledgeBaseError as error:
            raise KnowledgeBaseError(f"{path}, entry {number} ({key!r}): {error}.") from None
        keys.add(key)
        folded = fold_id(concept.concept_id)
        concepts[folded] = _merged(concepts[folded], concept) if folded in concepts else concept
    return iter(concepts.values())


def _members(path: Path) -> _Members:
    text = "\n".join(line for _, line in numbered_lines(path))
    try:
        content = json.loads(text, object_pairs_hook=_Members)
    except json.JSONDecodeError as error:
        raise KnowledgeBaseError(f"{path}, line {error.lineno}: not JSON ({error.msg}); fetch it again.") from error
    except ValueError as error:  # of a number with thousands of digits
        raise KnowledgeBaseError(f"{path}: not JSON ({error}); fetch it again.") from error
    except RecursionError as error:
        raise KnowledgeBaseError(f"{path}: JSON nested too deep; expected {{id: [names]}}, check the file.") from error
    if not isinstance(content, _Members):
        raise KnowledgeBaseError(f"{path}: expected one JSON object {{id: [names]}}; was `jsonl` the kind you meant?")
    return content


def _concept(key: str, names: object) -> Concept:
    concept_id, *alt_ids = split_ids(key) or ("",)
    concept = replace(concept_of({"id": concept_id, "names": names}), alt_ids=tuple(alt_ids))
    check_fields(concept)
    return concept


def _merged(first: Concept, second: Concept) -> Concept:
    synonyms = _distinct((*first.synonyms, *second.names), but=first.name)
    return replace(first, synonyms=synonyms, alt_ids=_distinct((*first.alt_ids, *second.alt_ids)))


def _distinct(texts: Iterable[str], but: str = "") -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(texts) if text != but)
