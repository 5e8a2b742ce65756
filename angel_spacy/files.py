"""Whole files: read whatever they are packed in, written to their end or not at all."""

import errno
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, TextIO, cast

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

UNREADABLE = (OSError, EOFError, zlib.error)
"""What a missing, truncated or damaged file raises while it is read."""

_GZIP_MAGIC = b"\x1f\x8b"
_PACKED = ".gz"
_BOM = b"\xef\xbb\xbf"
_HEAD = 1 << 16  # bytes that tell how lines end
_LONGEST_LINE = 1 << 28  # bytes
_LARGEST_PART = 1 << 27  # bytes
_LARGEST_UNPACKED = 1 << 30  # bytes of a packed file that has to be in memory at once


def is_packed(path: Path | str) -> bool:
    """Whether the file's name says gzip."""
    return str(path).lower().endswith(_PACKED)


def unpacked_name(path: Path | str) -> str:
    """The file's own name, the end of it that says gzip aside."""
    name = Path(path).name
    return name[: -len(_PACKED)] if is_packed(name) else name


@contextmanager
def open_bytes(path: Path | str) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    """The file's bytes without a byte order mark, decompressed when they begin as gzip does, whatever its name.

    Raises what is in `UNREADABLE`, also for an empty file whose name says gzip: nothing of it came.
    """
    with open(path, "rb") as raw:
        if is_packed(path) and not raw.peek(1):
            raise EOFError("the file is empty, and an empty text in gzip is not")
        file = gzip.GzipFile(fileobj=raw) if raw.peek(2).startswith(_GZIP_MAGIC) else raw
        if file.peek(len(_BOM)).startswith(_BOM):
            file.read(len(_BOM))
        yield file


def read_whole(path: Path | str) -> bytes:
    """All bytes that `open_bytes` gives. Raises what is in `UNREADABLE`, also for a packed file that would fill the
    memory: such a one may have been made for that."""
    with open_bytes(path) as file:
        if not isinstance(file, gzip.GzipFile):
            return file.read()
        content = file.read(_LARGEST_UNPACKED)
        if len(content) == _LARGEST_UNPACKED:
            raise OSError(
                f"it unpacks to {_LARGEST_UNPACKED:,} bytes or more: unpack it yourself if it is to be trusted"
            )
        return content


class Parts:
    """A file that is read part by part, as XML is, element by element: `begin` says that another part begins. Raises
    OSError for one that would fill the memory.

    A parser may look again at all that it has whenever more comes: what it is given at once grows with the part, so
    that the time does not grow with the square of it.
    """

    def __init__(self, file: io.BufferedReader | gzip.GzipFile) -> None:
        self._file, self._n_bytes = file, 0

    def begin(self) -> None:
        """What was read is no longer in memory."""
        self._n_bytes = 0

    def read(self, length: int = -1) -> bytes:
        """The next bytes, at least `length` as long as there are so many; none at the end. Those before a place that
        cannot be read come first."""
        data, wanted = bytearray(), max(length, self._n_bytes)
        try:
            while len(data) < wanted and (more := self._file.read1(wanted - len(data))):
                data += more
        except UNREADABLE:
            if not data:
                raise
        self._n_bytes += len(data)
        if self._n_bytes > _LARGEST_PART:
            raise OSError(f"more than {_LARGEST_PART:,} bytes in one piece")
        return bytes(data)


class UnreadableError(Exception):
    """A file that cannot be read on: `line` is the first one that is lost, `reason` what the system says."""

    def __init__(self, path: Path | str, line: int, reason: Exception) -> None:
        super().__init__(str(reason))
        self.path, self.line, self.reason = path, line, reason


def numbered_lines(*paths: Path | str) -> Iterator[tuple[int, str | None]]:
    """Lines without their end, counted from 1, None for one that is not UTF-8. A byte order mark is no text, nor is one
    in the midst, where a file was put behind another. Several files are parts of one, which may be cut within a line.

    Raises UnreadableError where a file is missing, truncated or damaged.
    """
    number, begun = 0, b""
    for path in paths:
        try:
            with open_bytes(path) as file:
                for raw in _lines(file):
                    line = begun + raw if begun else raw
                    if path is not paths[-1] and not line.endswith((b"\n", b"\r")):
                        begun = line  # it goes on in the next part
                        continue
                    number, begun = number + 1, b""
                    yield number, _decoded(line.removeprefix(_BOM))
        except UNREADABLE as error:
            raise UnreadableError(path, number + 1, error) from error
    if begun:
        yield number + 1, _decoded(begun)


def raw_lines(path: Path | str) -> Iterator[bytes]:
    """The lines that `numbered_lines` counts, as they stand, ends and byte order mark included."""
    with open(path, "rb") as raw:
        file = gzip.GzipFile(fileobj=raw) if raw.peek(2).startswith(_GZIP_MAGIC) else raw
        mark = _BOM if file.peek(len(_BOM)).startswith(_BOM) else b""
        file.read(len(mark))
        for line in _lines(file):
            yield mark + line
            mark = b""


def _lines(file: io.BufferedReader | gzip.GzipFile) -> Iterator[bytes]:
    """Lines that end with a line feed; where the beginning has none but carriage returns, with those, as long ago.

    Raises an OSError for one that is longer than any can be: no memory would hold it.
    """
    head = file.peek(_HEAD)[:_HEAD]
    if b"\r" in head.rstrip(b"\r\n") and b"\n" not in head:
        text = file.read(_LONGEST_LINE)
        if len(text) == _LONGEST_LINE:
            raise OSError(f"a line of more than {_LONGEST_LINE:,} bytes")
        yield from text.splitlines(keepends=True)
        return
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise OSError(f"a line of more than {_LONGEST_LINE:,} bytes")
        yield line


@contextmanager
def whole(path: Path, room: Path | None = None) -> Iterator[Path]:
    """A place beside `path`, or in the folder `room` of the same disk, where a file or a folder is to be written; it
    moves to `path` when the block ends well.

    Readers see the old file or folder or the new one, never a part. Nothing stays where the block fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    room = room or path.parent
    room.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=room, prefix=f".{path.name}-", ignore_cleanup_errors=True) as own:
        fresh = Path(own, path.name)
        yield fresh
        if fresh.is_dir() and path.is_dir():
            _swap(fresh, path, Path(own, f"old-{path.name}"))
        else:
            fresh.replace(path)


@contextmanager
def open_output(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file to write, gzip when the name ends with `.gz`; line ends stay as written.

    Until all is written the file is called `NAME.part`; so it stays where writing fails. Raises BusyError while another
    process writes it.
    """
    part = path.with_name(f"{path.name}.part")
    with part.open("ab") as raw:
        _hold(raw, part)
        raw.truncate(0)
        with _packed(raw, path) as file:
            yield file
        if fcntl:
            part.replace(path)  # while it is held
    if not fcntl:
        part.replace(path)


@contextmanager
def open_packed(path: Path) -> Iterator[BinaryIO]:
    """A file of bytes to write, gzip when the name ends with `.gz`."""
    with path.open("wb") as raw:
        if not is_packed(path):
            yield raw
            return
        with gzip.GzipFile(path.name, "wb", fileobj=raw, mtime=0) as file:
            yield cast(BinaryIO, file)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Within, this process alone is where `path` is locked, until it ends, however that is. Raises BusyError."""
    with path.open("ab") as file:
        _hold(file, path)
        yield


class BusyError(OSError):
    """Another process is writing."""


def _hold(file: BinaryIO, path: Path) -> None:
    """Locks the file that is open, which is to be the one at `path`. Where the system has no such locks (Windows),
    nothing is held. Raises BusyError."""
    try:
        if fcntl:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = not fcntl or os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        is_ours = False
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            raise
        is_ours = False
    if not is_ours:
        raise BusyError(errno.EBUSY, "another process is writing here", str(path))


def synced(path: Path) -> None:
    """Waits until the file is on the disk, so that it is there after a power failure."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _packed(raw: BinaryIO, path: Path) -> Iterator[TextIO]:
    """Text that goes into `raw`, which stays open."""
    packed = gzip.GzipFile(path.name, "wb", fileobj=raw, mtime=0) if is_packed(path) else None
    text = io.TextIOWrapper(cast(BinaryIO, packed or raw), encoding="utf-8", newline="\n")
    try:
        yield text
    finally:
        text.detach()
        if packed:
            packed.close()


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return None


def _swap(fresh: Path, path: Path, old: Path) -> None:
    """The folder `fresh` takes the place of the folder `path`, which comes back when that fails."""
    path.rename(old)
    try:
        fresh.rename(path)
    except OSError:
        old.rename(path)
        raise
