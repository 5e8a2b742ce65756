"""What goes wrong, said in one line."""

import errno
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import typer

from ..corpora.files import CutShortError
from ..errors import AngelError, CorpusError
from ..files import BusyError
from .messages import fail, warn

SHOWN = 20  # problems; a damaged file has one in each line

P = ParamSpec("P")
T = TypeVar("T")


def fails_in_one_line(command: Callable[P, T]) -> Callable[P, T]:
    """The command; our errors and those of the file system end it with one line on stderr and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            raise  # the reader of a pipe went away: no failure of ours
        except AngelError as error:
            problem = str(error)
        except OSError as error:
            problem = f"{error}; {_remedy(error)}."
        fail(problem)
        raise typer.Exit(1)

    return run


def _remedy(error: OSError) -> str:
    if isinstance(error, BusyError):
        return "wait for it, or stop it"
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return "make room, or write elsewhere" if is_full else "check the path and its permissions"


class Problems:
    """Tells of bad records on stderr, of the first SHOWN and of files cut short, and counts them all.

    `cut_short` when a file could not be read to its end.
    """

    def __init__(self) -> None:
        self.n = 0
        self.cut_short = False

    def __call__(self, error: CorpusError) -> None:
        """Tells of one."""
        self.n += 1
        is_cut = isinstance(error, CutShortError)
        self.cut_short |= is_cut
        if self.n <= SHOWN or is_cut:
            warn(str(error))
        elif self.n == SHOWN + 1:
            warn("There are more such problems: they are counted, not shown.")


def check_input(path: Path) -> Path:
    """The path, when a file or a folder is there, which can be read twice. Raises CorpusError."""
    if not path.exists():
        raise CorpusError(f"{path}: there is no such file; check the path.")
    if not (path.is_file() or path.is_dir()):
        raise CorpusError(f"{path}: that is no file, but a pipe or a device; write it into a file.")
    return path


def check_whole(source: Path, target: Path, problems: Problems | None) -> None:
    """Raises CorpusError, when all is written, for an input that was not read to its end."""
    if problems and problems.cut_short:
        raise CorpusError(f"{target} is not all of it: {source} could not be read to its end; fetch the file again.")


def check_output(source: Path, target: Path) -> None:
    """Raises CorpusError when `target` is a folder that holds something, writing to it would destroy `source`, or
    nothing may be written there: what fails is to fail before the work is done."""
    if target.is_dir() and any(target.iterdir()):
        raise CorpusError(f"{target}: there is a folder of that name; give the output another name.")
    if target.exists() and target.samefile(source):
        raise CorpusError(f"{target}: input and output are one file; give the output another name.")
    room = next(folder for folder in target.absolute().parents if folder.is_dir())
    if not os.access(room, os.W_OK | os.X_OK):
        raise CorpusError(f"{target}: nothing may be written into {room}; check its permissions.")
