"""Messages of one line each, beside a progress bar where there is one."""

import sys

import typer
from tqdm import tqdm

_LONGEST = 1500  # characters


def good(text: str) -> None:
    """What was done."""
    _say(f"✔ {text}", typer.colors.GREEN)


def info(text: str) -> None:
    """What is good to know."""
    _say(f"ℹ {text}", typer.colors.BLUE)


def warn(text: str) -> None:
    """What to look at; on stderr."""
    _say(f"⚠ {text}", typer.colors.YELLOW, err=True)


def fail(text: str) -> None:
    """Why nothing more is done; on stderr."""
    _say(f"✘ {text}", typer.colors.RED, err=True)


def _say(text: str, colour: str, err: bool = False) -> None:
    line = " ".join(text.split())
    if len(line) > _LONGEST:  # it quotes a line that is as long as its file
        line = f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"
    with tqdm.external_write_mode(sys.stderr if err else sys.stdout):
        typer.secho(line, fg=colour, err=err)
