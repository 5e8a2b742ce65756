"""Version 1 of a stored knowledge base, which is still read: gzipped lines of JSON, one concept a line."""

import gzip
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import srsly

from ..errors import KnowledgeBaseError
from .concept import Provenance, concept_of
from .knowledge_base import KnowledgeBase

FORMAT_VERSION = 1
CONCEPTS = "concepts.jsonl.gz"


def decode(meta: Mapping[str, Any], concepts: object, where: str, remedy: str) -> KnowledgeBase:
    """The KB in `concepts`; KnowledgeBaseError when anything differs from what `meta` announces."""
    if not isinstance(concepts, bytes) or sha256(concepts).hexdigest() != meta.get("sha256"):
        raise KnowledgeBaseError(f"{where}: {CONCEPTS} is damaged or cut short (its sha256 differs); {remedy}.")
    try:
        return _rebuilt(meta, concepts)
    except (EOFError, OSError, zlib.error, ValueError, TypeError, KeyError) as error:
        raise KnowledgeBaseError(f"{where}: unreadable KB ({error}); {remedy}.") from error


def _rebuilt(meta: Mapping[str, Any], compressed: bytes) -> KnowledgeBase:
    records = [srsly.json_loads(line) for line in gzip.decompress(compressed).splitlines()]
    seen = {(name, record["id"]): n for record in records for name, n in record.pop("seen", {}).items()}
    if len(records) != meta["n_concepts"]:
        raise ValueError(f"{len(records)} concepts, expected {meta['n_concepts']}")
    provenance = Provenance(**meta["provenance"])
    return KnowledgeBase(map(concept_of, records), normaliser=meta["normaliser"], provenance=provenance, seen=seen)
