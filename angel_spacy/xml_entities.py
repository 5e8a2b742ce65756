"""Entities that a file of XML declares: a few bytes of them become megabytes, or other files, so none is read."""

from pathlib import Path
from xml.parsers import expat

from .files import open_bytes

_CHUNK = 1 << 16  # bytes
_LONGEST_PROLOG = 1 << 20  # bytes


class _FoundError(Exception):
    """An entity is declared."""


class _EndedError(Exception):
    """Nothing can be declared any more: the first element is there."""


def declares_entities(path: Path | str) -> bool:
    """Whether a file of XML declares an entity before its first element, in whatever encoding. What else may be wrong
    with it is for its reader to say. Raises what is in `files.UNREADABLE`, also where no element begins for long."""
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _found
    parser.StartElementHandler = _ended
    try:
        with open_bytes(path) as file:
            while chunk := file.read1(_CHUNK):
                parser.Parse(chunk)
                if file.tell() > _LONGEST_PROLOG:
                    raise OSError(f"no element begins within {_LONGEST_PROLOG:,} bytes")
    except _FoundError:
        return True
    except (_EndedError, expat.ExpatError, LookupError, ValueError):
        return False
    return False


def _found(*_: object) -> None:
    raise _FoundError


def _ended(*_: object) -> None:
    raise _EndedError
