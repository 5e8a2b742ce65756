"""Files from the net, when somebody asks for them: taken up where they broke off, checked, unpacked."""

import gzip
import shutil
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import requests

from ..errors import DownloadError
from ..files import UNREADABLE

N_TRIES = 5
WAIT = 1.0  # seconds before the second try; twice as many before each further one
_TIMEOUT = 60.0  # seconds without an answer
_CHUNK = 1 << 16

Watch = Callable[[int, int], None]
"""Told how many bytes are there, and how many there will be (0: unknown)."""


def _nobody(_: int, __: int) -> None:
    pass


def download(url: str, target: Path, *, watch: Watch = _nobody, params: dict[str, str] | None = None) -> None:
    """Writes what is at `url` to `target`, all of it or an error.

    Until it is whole the file is called `NAME.part`, and a later call goes on from there; `NAME.part.tag` says of
    which version it is, so that two are never mixed. A broken connection is tried again, N_TRIES times in a row without
    progress. Raises DownloadError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    failures, problem = 0, ""
    while failures < N_TRIES:
        before = _size(part)
        try:
            problem = _fetch(url, part, watch, params)
        except requests.exceptions.ChunkedEncodingError:
            problem = "the connection broke off"
        except requests.RequestException as error:
            problem = f"no connection ({type(error).__name__})"  # its text has the address, which may hold a key
        except OSError as error:
            raise DownloadError(f"{part} cannot be written ({error.strerror}): make room, and ask again.") from error
        if not problem:
            _check_gzip(part, url)
            part.replace(target)
            _tag_of(part).unlink(missing_ok=True)
            return
        failures = 0 if _size(part) > before else failures + 1
        if 0 < failures < N_TRIES:
            time.sleep(WAIT * 2 ** (failures - 1))
    raise DownloadError(f"{url}: {problem}, {N_TRIES} times in a row. Ask again later: what is there is kept.")


def unpack(archive: Path, kept: Iterable[str], folder: Path) -> list[Path]:
    """The members of a `.zip`, `.tar` or `.tar.gz` whose path ends like one of `kept`, written to `folder` under their
    names alone. Raises DownloadError when the archive is damaged or has none of them."""
    patterns, found = tuple(kept), []
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for path, file in _members(archive):
            if any(fnmatchcase(f"/{path}", f"*/{pattern}") for pattern in patterns):
                target = folder / PurePosixPath(path).name
                with target.open("wb") as out:
                    shutil.copyfileobj(file, out)
                found.append(target)
    except (tarfile.TarError, zipfile.BadZipFile, RuntimeError, *UNREADABLE) as error:  # RuntimeError: a password
        if isinstance(error, OSError) and error.errno:
            raise DownloadError(f"{folder}: {archive.name} cannot be unpacked ({error}): make room there.") from error
        raise DownloadError(f"{archive} is damaged ({error}): remove it, and fetch it again.") from error
    if not found:
        raise DownloadError(f"{archive} holds none of {', '.join(patterns)}: it changed; unpack it yourself.")
    return found


def _members(archive: Path) -> Iterator[tuple[str, BinaryIO]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if not info.is_dir():
                    with packed.open(info) as file:
                        yield info.filename, file  # type: ignore[misc]
        return
    with tarfile.open(archive) as unpacked:
        for member in unpacked:
            if member.isfile() and (inside := unpacked.extractfile(member)):
                yield member.name, inside  # type: ignore[misc]


def _fetch(url: str, part: Path, watch: Watch, params: dict[str, str] | None) -> str:
    """Adds to the part what is missing. Why it is not whole then, "" when it is."""
    have, tag = _size(part), _tag_of(part)
    headers = {"Accept-Encoding": "identity"}
    if have and tag.is_file():
        headers |= {"Range": f"bytes={have}-", "If-Range": tag.read_text()}
    with requests.get(url, headers=headers, params=params, stream=True, timeout=_TIMEOUT) as answer:
        status = answer.status_code
        if status == requests.codes.requested_range_not_satisfiable:
            part.unlink()  # longer than the file is now: another one
            return "the file became another one"
        if status >= requests.codes.internal_server_error or status == requests.codes.too_many_requests:
            return f"the server says {status} {answer.reason}"
        if status not in (requests.codes.ok, requests.codes.partial_content):
            raise DownloadError(f"{url}: {status} {answer.reason}. {_advice(status)}")
        have = have if status == requests.codes.partial_content else 0
        length = int(answer.headers.get("Content-Length", 0))
        total = have + length if length else 0
        if mark := answer.headers.get("ETag") or answer.headers.get("Last-Modified"):
            tag.write_text(mark)
        else:
            tag.unlink(missing_ok=True)  # nothing will tell whether it is the same file next time
        with part.open("ab" if have else "wb") as file:
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                watch(have, total)
    return "the connection broke off" if total and have != total else ""


def _advice(status: int) -> str:
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        return "Check the key, or fetch the file by hand in a browser."
    return "It may have moved: look at the vocabulary's own page, and build from the file that you find there."


def _check_gzip(path: Path, url: str) -> None:
    """Reads a gzip file to its end. A damaged one is removed: going on from it would not mend it."""
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return
    try:
        with gzip.open(path) as unpacked:
            while unpacked.read(1 << 20):
                pass
    except UNREADABLE as error:
        path.unlink()
        raise DownloadError(f"{url}: the file there is cut short or damaged ({error}); ask again later.") from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _tag_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")
