"""The sha256 of files: of one, of a folder, and as a list in the folder, which `sha256sum --check` reads too."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

CHECKSUMS = "SHA256SUMS"
OF_DESKTOPS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file managers leave in a folder: no part of what was written."""


def sha256_of(path: Path) -> str:
    """The checksum of a file, as it lies there; of a folder, that of the list of its files. Raises OSError."""
    if path.is_dir():
        return hashlib.sha256("".join(_lines(path)).encode()).hexdigest()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_checksums(folder: Path) -> None:
    """Writes the list of the files that are in `folder`."""
    (folder / CHECKSUMS).write_text("".join(_lines(folder)), encoding="utf-8", newline="\n")


def changed_files(folder: Path) -> list[str]:
    """The files in `folder` that are not as its list says: altered, missing, or not in it. Raises OSError."""
    stored = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines(keepends=True)
    return sorted({line.partition("  ")[2].strip() for line in {*stored} ^ {*_lines(folder)}})


def _lines(folder: Path) -> Iterator[str]:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    ours = (name for name in names if name != CHECKSUMS and Path(name).name not in OF_DESKTOPS)
    return (f"{sha256_of(folder / name)}  {name}\n" for name in ours)
