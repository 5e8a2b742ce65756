"""What goes wrong, said in one line."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import typer

from ..errors import AngelError, CorpusError
from .messages import fail, warn

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
            problem = f"{error}; check the path and its permissions."
        fail(problem)
        raise typer.Exit(1)

    return run


class Problems:
    """Tells of bad records on stderr, and counts them."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, error: CorpusError) -> None:
        """Tells of one."""
        self.n += 1
        warn(str(error))


def check_input(path: Path) -> Path:
    """The path, when a file is there. Raises CorpusError."""
    if not path.is_file():
        raise CorpusError(f"{path}: there is no such file; check the path.")
    return path


def check_output(source: Path, target: Path) -> None:
    """Raises CorpusError when writing to `target` would destroy `source`."""
    if target.exists() and target.samefile(source):
        raise CorpusError(f"{target}: input and output are one file; give the output another name.")
