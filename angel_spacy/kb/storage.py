"""A knowledge base as a folder or as bytes: the same KB gives the same bytes, a damaged one is an error."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import srsly

from ..arrays.files import DAMAGE, Arrays, map_arrays, read_arrays, save_arrays, write_arrays
from ..errors import KnowledgeBaseError
from ..files import whole
from . import first_format
from .concept import Provenance
from .knowledge_base import KnowledgeBase
from .packed.check import check_packed
from .packed.concepts import PackedConcepts, TypeSets

FORMAT_VERSION = 2
META, CONCEPTS = "meta.json", "concepts.npz"
_OURS = (META, CONCEPTS, first_format.CONCEPTS)
_REMEDY = "build it again with `python -m spacy angel kb build`"


def save(kb: KnowledgeBase, folder: str | Path) -> None:
    """Write `kb` into `folder`, replacing a KB that is there; the folder is never half written."""
    target = Path(folder).absolute()
    _check_replaceable(target)
    with whole(target) as fresh:
        fresh.mkdir()
        packed = kb.packed()
        save_arrays(fresh / CONCEPTS, packed.arrays)
        with (fresh / CONCEPTS).open("rb") as file:
            meta = _meta_of(packed, kb.provenance, _checksum(file))
        (fresh / META).write_text(srsly.json_dumps(meta, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def load(folder: str | Path) -> KnowledgeBase:
    """The KB that `save` wrote into `folder`, memory-mapped."""
    try:
        meta = srsly.json_loads(Path(folder, META).read_text(encoding="utf-8"))
        version = _version(meta, str(folder))
        if version == first_format.FORMAT_VERSION:
            concepts = Path(folder, first_format.CONCEPTS).read_bytes()
            return first_format.decode(meta, concepts, str(folder), _REMEDY)
        with Path(folder, CONCEPTS).open("rb") as file:
            return _opened(meta, file, str(folder))
    except KnowledgeBaseError:
        raise
    except OSError as error:
        raise KnowledgeBaseError(f"No complete KB in {folder} ({error}); check the path, or {_REMEDY}.") from error
    except ValueError as error:
        raise KnowledgeBaseError(f"{folder}/{META} is damaged ({error}); {_REMEDY}.") from error


def to_bytes(kb: KnowledgeBase) -> bytes:
    """What `save` writes, as one msgpack."""
    packed, file = kb.packed(), io.BytesIO()
    write_arrays(file, packed.arrays)
    meta = _meta_of(packed, kb.provenance, _checksum(file))
    data: bytes = srsly.msgpack_dumps({"meta": meta, "concepts": file.getvalue()})
    return data


def from_bytes(data: bytes) -> KnowledgeBase:
    """The KB that `to_bytes` wrote."""
    try:
        content = srsly.msgpack.loads(data, raw=False)
        meta, concepts = content["meta"], content["concepts"]
    except (ValueError, TypeError, KeyError) as error:
        raise KnowledgeBaseError(f"These bytes are no KB ({error!r}); pass what `kb.to_bytes()` gave.") from error
    if _version(meta, "these bytes") == first_format.FORMAT_VERSION:
        return first_format.decode(meta, concepts, "these bytes", _REMEDY)
    if not isinstance(concepts, bytes):
        raise KnowledgeBaseError(f"These bytes hold no KB; {_REMEDY}.")
    return _opened(meta, io.BytesIO(concepts), "these bytes")


def _check_replaceable(target: Path) -> None:
    """Only an absent folder, an empty one or a KB may be replaced: anything else is somebody's work."""
    if target.is_dir():
        foreign = sorted(path.name for path in target.iterdir() if path.name not in _OURS)
        if foreign:
            raise KnowledgeBaseError(f"{target} holds other files ({foreign[0]}); give the KB a folder of its own.")
    elif target.exists():
        raise KnowledgeBaseError(f"{target} is a file; give a folder to save the KB into.")


def _meta_of(packed: PackedConcepts, provenance: Provenance, checksum: str) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "normaliser": packed.normaliser,
        "provenance": asdict(provenance),
        "n_concepts": packed.n_rows,
        "n_names": len(packed.names),
        "types": [list(types) for types in packed.type_sets],
        "fingerprint": packed.fingerprint,
        "checksum": checksum,
    }


def _checksum(file: BinaryIO) -> str:
    """sha256 over the names, sizes and CRCs of the arrays, which are read from the end of the file."""
    with zipfile.ZipFile(file) as archive:
        members = [f"{info.filename} {info.file_size} {info.CRC:08x}\n" for info in archive.infolist()]
    return sha256("".join(members).encode()).hexdigest()


def _version(meta: object, where: str) -> int:
    """The version of the format; KnowledgeBaseError when it is none that is read."""
    if not isinstance(meta, Mapping):
        raise KnowledgeBaseError(f"{where} hold no KB; {_REMEDY}.")
    version = meta.get("format_version")
    if version not in (first_format.FORMAT_VERSION, FORMAT_VERSION):
        raise KnowledgeBaseError(
            f"{where}: format {version!r}, expected {first_format.FORMAT_VERSION} or {FORMAT_VERSION}; "
            f"update angel-spacy, or {_REMEDY}."
        )
    return int(version)


def _opened(meta: Mapping[str, Any], file: BinaryIO, where: str) -> KnowledgeBase:
    """The KB whose arrays are in `file`: mapped from one on disk. KnowledgeBaseError unless it is what `meta` says."""
    try:
        if _checksum(file) != meta["checksum"]:
            raise ValueError("it is not the file that was written")
        file.seek(0)
        arrays = read_arrays(file) if isinstance(file, io.BytesIO) else map_arrays(file.name)
        return _kb_of(meta, arrays)
    except (*DAMAGE, TypeError) as error:
        raise KnowledgeBaseError(f"{where}: unreadable KB, damaged or cut short ({error}); {_REMEDY}.") from error


def _type_sets(stored: object) -> TypeSets:
    if not isinstance(stored, list | tuple) or not all(isinstance(types, list | tuple) for types in stored):
        raise ValueError("types that are no lists")
    return tuple(tuple(map(str, types)) for types in stored)


def _kb_of(meta: Mapping[str, Any], arrays: Arrays) -> KnowledgeBase:
    types = _type_sets(meta["types"])
    check_packed(arrays, meta["n_concepts"], meta["n_names"], len(types))
    int(meta["fingerprint"], 16)
    if not isinstance(meta["normaliser"], str):
        raise ValueError(f"normaliser {meta['normaliser']!r}")
    packed = PackedConcepts(arrays, types, meta["normaliser"], meta["fingerprint"])
    return KnowledgeBase.of_packed(packed, Provenance(**meta["provenance"]))
