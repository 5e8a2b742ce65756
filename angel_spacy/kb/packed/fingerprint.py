"""A digest of what the names of a KB mean, to which a change costs nothing: a sum of digests, one a name.

Incremental hashing of a set: Bellare and Micciancio, "A new paradigm for collision-free hashing", EUROCRYPT 1997.
"""

from collections.abc import Iterable
from hashlib import blake2b
from struct import pack

_N_BYTES = 16
_MODULUS = 1 << 8 * _N_BYTES


def digest_of(names: Iterable[tuple[bytes, tuple[int, ...]]]) -> int:
    """The sum over (name in UTF-8, its rows in order); whatever the order of the names."""
    return sum(_digest(name, rows) for name, rows in names) % _MODULUS


def fingerprint(digest: int, normaliser: str) -> str:
    """What is kept of a digest, the name of the normaliser taken in."""
    return f"{(digest + _digest(normaliser.encode(), ())) % _MODULUS:0{2 * _N_BYTES}x}"


def patched(mark: str, removed: int, added: int) -> str:
    """The fingerprint after names with the digest `removed` went and those with `added` came."""
    return f"{(int(mark, 16) - removed + added) % _MODULUS:0{2 * _N_BYTES}x}"


def _digest(name: bytes, rows: tuple[int, ...]) -> int:
    """A name and its rows as one number. 0xff, which is never in UTF-8, ends the name."""
    content = b"%b\xff%b" % (name, pack(f"<{len(rows)}i", *rows))
    return int.from_bytes(blake2b(content, digest_size=_N_BYTES).digest(), "little")
