"""The sha256 of files: of one, of a folder, and as a list in the folder, which `sha256sum --check` reads too."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

CHECKSUMS = "SHA256SUMS"
OF_DESKTOPS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file managers leave in a folder: no part of what was written."""

_LARGEST = 1 << 26  # bytes of a file that is read again at every load


def sha256_of(path: Path) -> str:
    """The checksum of a file, as it lies there; of a folder, that of the list of its files. Raises OSError."""
    if path.is_dir():
        return hashlib.sha256("".join(_lines(path, _files(path))).encode("utf-8", "surrogateescape")).hexdigest()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_checksums(folder: Path) -> None:
    """Writes the list of the files that are in `folder`; a folder within that has a list keeps its own."""
    (folder / CHECKSUMS).write_text("".join(_lines(folder, _own_files(folder))), encoding="utf-8", newline="\n")


def changed_files(folder: Path) -> list[str]:
    """The files in `folder` that are not as its list says: altered, missing, or not in it. Raises OSError."""
    stored = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines(keepends=True)
    return sorted({line.partition("  ")[2].strip() for line in {*stored} ^ {*_lines(folder, _own_files(folder))}})


def damaged_files(folder: Path) -> list[str]:
    """The files in `folder` that its list knows with another content, or that cannot be read. Those of more than 64 MiB
    are not looked at; none where there is no list."""
    if not (folder / CHECKSUMS).is_file():
        return []
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8", errors="replace").splitlines()
        stored = (line.partition("  ") for line in lines)
        return [name for checksum, _, name in stored if _is_damaged(folder / name, checksum)]
    except (OSError, ValueError):  # the list itself
        return [CHECKSUMS]


def not_as_written(path: Path) -> str:
    """What to say of a damaged file of a pipeline, and what to do."""
    return (
        f"{path} is not as it was written, says {CHECKSUMS}. Restore it, or store the pipeline again; "
        f"if you changed it yourself, delete that {CHECKSUMS}."
    )


def _is_damaged(path: Path, checksum: str) -> bool:
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return False
    try:
        return sha256_of(path) != checksum
    except OSError:
        return True


def _lines(folder: Path, names: Iterable[str]) -> Iterator[str]:
    return (f"{sha256_of(folder / name)}  {name}\n" for name in names)


def _own_files(folder: Path) -> list[str]:
    """Without those of folders that have a list."""
    apart = {path.parent.relative_to(folder) for path in folder.rglob(CHECKSUMS)} - {Path()}
    return [name for name in _files(folder) if apart.isdisjoint(Path(name).parents)]


def _files(folder: Path) -> list[str]:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [name for name in names if name != CHECKSUMS and Path(name).name not in OF_DESKTOPS]
