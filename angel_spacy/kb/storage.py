"""A knowledge base as a folder or as bytes: the same KB gives the same bytes, a damaged one is an error."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import srsly

from ..arrays.checksums import CHECKSUMS, OF_DESKTOPS, changed_files, write_checksums
from ..arrays.files import DAMAGE, Arrays, arrays_from_bytes, arrays_to_bytes, map_arrays, save_arrays
from ..errors import KnowledgeBaseError
from ..files import whole
from .concept import Provenance
from .packed.check import check_packed
from .packed.concepts import NO_LANGUAGES, NO_RELATIONS, Labels, PackedConcepts

FORMAT_VERSION = 5
_LACKING = {3: NO_RELATIONS | NO_LANGUAGES, 4: NO_LANGUAGES}  # what older formats have not
META, CONCEPTS = "meta.json", "concepts"
_OURS = (META, CONCEPTS, CHECKSUMS)
_REMEDY = "build it again with `python -m spacy angel kb build`"


def save(packed: PackedConcepts, provenance: Provenance, folder: str | Path) -> None:
    """Write a KB into `folder`, replacing one that is there; the folder is never half written."""
    target = Path(folder).absolute()
    _check_replaceable(target)
    with whole(target) as fresh:
        save_arrays(fresh / CONCEPTS, packed.arrays)
        meta = srsly.json_dumps(_meta_of(packed, provenance), indent=2, sort_keys=True)
        (fresh / META).write_text(f"{meta}\n", encoding="utf-8")
        write_checksums(fresh)


def load(folder: str | Path, *, verify: bool = False) -> tuple[PackedConcepts, Provenance]:
    """What `save` wrote into `folder`, memory-mapped. With `verify`, every file is read and compared with its checksum;
    without, a file that is missing, cut short or of another KB's size is found."""
    with _errors(str(folder)):
        if verify and (changed := changed_files(Path(folder))):
            raise ValueError(f"{changed[0]} is not the file that was written")
        meta = srsly.json_loads(Path(folder, META).read_text(encoding="utf-8"))
        return _opened(meta, map_arrays(Path(folder, CONCEPTS)))


def to_bytes(packed: PackedConcepts, provenance: Provenance) -> bytes:
    """What `save` writes, as one msgpack."""
    content = {"meta": _meta_of(packed, provenance), "concepts": arrays_to_bytes(packed.arrays)}
    data: bytes = srsly.msgpack_dumps(content)
    return data


def from_bytes(data: bytes) -> tuple[PackedConcepts, Provenance]:
    """What `to_bytes` packed."""
    with _errors("these bytes"):
        content = srsly.msgpack_loads(data)
        return _opened(content["meta"], arrays_from_bytes(content["concepts"]))


def _check_replaceable(target: Path) -> None:
    """Only an absent folder, an empty one or a KB may be replaced: anything else is somebody's work."""
    if target.is_dir():
        foreign = sorted(path.name for path in target.iterdir() if path.name not in (*_OURS, *OF_DESKTOPS))
        if foreign:
            raise KnowledgeBaseError(f"{target} holds other files ({foreign[0]}); give the KB a folder of its own.")
    elif target.exists():
        raise KnowledgeBaseError(f"{target} is a file; give a folder to save the KB into.")


@contextmanager
def _errors(where: str) -> Iterator[None]:
    """What reading raises, as a KnowledgeBaseError with the remedy."""
    try:
        yield
    except KnowledgeBaseError:
        raise
    except FileNotFoundError as error:
        raise KnowledgeBaseError(f"No complete KB in {where} ({error}); check the path, or {_REMEDY}.") from error
    except PermissionError as error:
        raise KnowledgeBaseError(f"{where}: the KB may not be read ({error}); check the permissions.") from error
    except DAMAGE as error:
        raise KnowledgeBaseError(f"{where}: unreadable KB, damaged or cut short ({error}); {_REMEDY}.") from error


def _meta_of(packed: PackedConcepts, provenance: Provenance) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "normaliser": packed.normaliser,
        "prefixes": sorted(packed.prefixes),
        "provenance": asdict(provenance),
        "n_concepts": packed.n_rows,
        "n_names": len(packed.names),
        "types": [list(types) for types in packed.labels.type_sets],
        "languages": list(packed.labels.languages),
        "fingerprint": packed.fingerprint,
    }


def _opened(meta: Mapping[str, Any], arrays: Arrays) -> tuple[PackedConcepts, Provenance]:
    """The arrays as what `meta` says they are. Raises one of `DAMAGE` where they cannot be."""
    found = meta["format_version"]
    if found in _LACKING:
        arrays = _LACKING[found] | arrays
    elif found != FORMAT_VERSION:
        raise ValueError(f"format {found!r}, expected {FORMAT_VERSION}: update angel-spacy if it is newer")
    labels = Labels(tuple(map(_strings, meta["types"])), _strings(meta.get("languages", [""])))
    check_packed(arrays, meta["n_concepts"], meta["n_names"], labels)
    int(meta["fingerprint"], 16)
    if not isinstance(meta["normaliser"], str):
        raise ValueError(f"normaliser {meta['normaliser']!r}")
    prefixes = frozenset(_strings(meta["prefixes"]))
    packed = PackedConcepts(arrays, labels, meta["normaliser"], prefixes, meta["fingerprint"])
    return packed, Provenance(**meta["provenance"])


def _strings(stored: object) -> tuple[str, ...]:
    if not isinstance(stored, list | tuple):
        raise ValueError(f"{stored!r} in place of a list")
    return tuple(map(str, stored))
