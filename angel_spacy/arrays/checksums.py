"""The sha256 of files: of one, of a folder, and as a list in the folder, which `sha256sum --check` reads too."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

CHECKSUMS = "SHA256SUMS"
OF_DESKTOPS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file managers leave in a folder: no part of what was written."""

_LARGEST = 1 << 26  # bytes of a file that is read again at every load


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


def damaged_files(folder: Path) -> list[str]:
    """The files in `folder` that its list knows with another content, or that cannot be read. Those of more than 64 MiB
    are not looked at, those in a folder with a list of its own are left to that; none where there is no list."""
    if not (folder / CHECKSUMS).is_file():
        return []
    apart = {path.parent.relative_to(folder) for path in folder.rglob(CHECKSUMS)} - {Path()}
    try:
        stored = (folder / CHECKSUMS).read_text(encoding="utf-8", errors="replace").splitlines()
        known = ((Path(name), sha) for sha, _, name in (line.partition("  ") for line in stored))
        ours = ((name, sha) for name, sha in known if name.name == CHECKSUMS or apart.isdisjoint(name.parents))
        return [str(name) for name, sha in ours if _is_damaged(folder / name, sha)]
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


def _lines(folder: Path) -> Iterator[str]:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    ours = (name for name in names if name != CHECKSUMS and Path(name).name not in OF_DESKTOPS)
    return (f"{sha256_of(folder / name)}  {name}\n" for name in ours)
