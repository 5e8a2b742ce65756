"""A knowledge base as a folder or as bytes: the same KB gives the same bytes, a damaged one is an error."""

import gzip
import io
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import srsly

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb.concept import Provenance, concept_of, record_of
from angel_spacy.kb.knowledge_base import KnowledgeBase

FORMAT_VERSION = 1
META, CONCEPTS = "meta.json", "concepts.jsonl.gz"
_REMEDY = "build it again with `python -m spacy angel kb build`"


def save(kb: KnowledgeBase, folder: str | Path) -> None:
    """Write `kb` into `folder`, replacing a KB that is there; the folder is never half written."""
    target = Path(folder).absolute()
    _check_replaceable(target)
    meta, concepts = _encode(kb)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kb-", ignore_cleanup_errors=True) as workspace:
        fresh = Path(workspace, "new")
        fresh.mkdir()
        (fresh / META).write_text(srsly.json_dumps(meta, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        (fresh / CONCEPTS).write_bytes(concepts)
        _swap(fresh, target, Path(workspace, "old"))


def load(folder: str | Path) -> KnowledgeBase:
    """The KB that `save` wrote into `folder`."""
    try:
        meta = srsly.json_loads(Path(folder, META).read_text(encoding="utf-8"))
        concepts = Path(folder, CONCEPTS).read_bytes()
    except OSError as error:
        raise KnowledgeBaseError(f"No complete KB in {folder} ({error}); check the path, or {_REMEDY}.") from error
    except ValueError as error:
        raise KnowledgeBaseError(f"{folder}/{META} is damaged ({error}); {_REMEDY}.") from error
    return _decode(meta, concepts, str(folder))


def to_bytes(kb: KnowledgeBase) -> bytes:
    """What `save` writes, as one msgpack."""
    meta, concepts = _encode(kb)
    data: bytes = srsly.msgpack_dumps({"meta": meta, "concepts": concepts})
    return data


def from_bytes(data: bytes) -> KnowledgeBase:
    """The KB that `to_bytes` wrote."""
    try:
        content = srsly.msgpack.loads(data, raw=False)
        meta, concepts = content["meta"], content["concepts"]
    except (ValueError, TypeError, KeyError) as error:
        raise KnowledgeBaseError(f"These bytes are no KB ({error!r}); pass what `kb.to_bytes()` gave.") from error
    return _decode(meta, concepts, "these bytes")


def _check_replaceable(target: Path) -> None:
    """Only an absent folder, an empty one or a KB may be replaced: anything else is somebody's work."""
    if target.is_dir():
        foreign = sorted(path.name for path in target.iterdir() if path.name not in (META, CONCEPTS))
        if foreign:
            raise KnowledgeBaseError(f"{target} holds other files ({foreign[0]}); give the KB a folder of its own.")
    elif target.exists():
        raise KnowledgeBaseError(f"{target} is a file; give a folder to save the KB into.")


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """`fresh` takes the place of `target`; a target that was there comes back when that fails."""
    was_there = target.exists()
    if was_there:
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if was_there:
            old.rename(target)
        raise


def _encode(kb: KnowledgeBase) -> tuple[dict[str, Any], bytes]:
    concepts = _compressed(_records(kb))
    meta = {
        "format_version": FORMAT_VERSION,
        "normaliser": kb.normaliser,
        "provenance": asdict(kb.provenance),
        "n_concepts": len(kb),
        "n_names": kb.n_names,
        "sha256": sha256(concepts).hexdigest(),
    }
    return meta, concepts


def _records(kb: KnowledgeBase) -> Iterator[dict[str, Any]]:
    """The concepts as the `jsonl` source spells them, plus how often each name was `seen`."""
    seen: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (name, concept_id), count in sorted(kb.seen.items()):
        seen[concept_id][name] = count
    for concept in kb.concepts:
        counts = seen.get(concept.concept_id)
        yield record_of(concept) | ({"seen": counts} if counts else {})


def _compressed(records: Iterator[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as lines:
        for record in records:
            lines.write(srsly.json_dumps(record).encode() + b"\n")
    return buffer.getvalue()


def _decode(meta: object, concepts: object, where: str) -> KnowledgeBase:
    """The KB in `concepts`; KnowledgeBaseError when anything differs from what `meta` announces."""
    if not (isinstance(meta, Mapping) and isinstance(concepts, bytes)):
        raise KnowledgeBaseError(f"{where} hold no KB; {_REMEDY}.")
    version = meta.get("format_version")
    if version != FORMAT_VERSION:
        raise KnowledgeBaseError(
            f"{where}: format {version!r}, expected {FORMAT_VERSION}; update angel-spacy, or {_REMEDY}."
        )
    if sha256(concepts).hexdigest() != meta.get("sha256"):
        raise KnowledgeBaseError(f"{where}: {CONCEPTS} is damaged or cut short (its sha256 differs); {_REMEDY}.")
    try:
        return _rebuilt(meta, concepts)
    except (EOFError, OSError, zlib.error, ValueError, TypeError, KeyError) as error:
        raise KnowledgeBaseError(f"{where}: unreadable KB ({error}); {_REMEDY}.") from error


def _rebuilt(meta: Mapping[str, Any], compressed: bytes) -> KnowledgeBase:
    records = [srsly.json_loads(line) for line in gzip.decompress(compressed).splitlines()]
    seen = {(name, record["id"]): n for record in records for name, n in record.pop("seen", {}).items()}
    if len(records) != meta["n_concepts"]:
        raise ValueError(f"{len(records)} concepts, expected {meta['n_concepts']}")
    provenance = Provenance(**meta["provenance"])
    return KnowledgeBase(map(concept_of, records), normaliser=meta["normaliser"], provenance=provenance, seen=seen)
