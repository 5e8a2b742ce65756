"""Every snippet of the documentation does what it says, or the page says why it is not run."""

import contextlib
import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from blocks import OUTPUT, Block, blocks_of, commands_of
from confection import Config
from typer.testing import CliRunner

from angel_spacy.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ANGEL = "python -m spacy angel "
ARGUMENTS = re.compile(ANGEL + r"""((?:"[^"]*"|'[^']*'|[^&|;#"'])+)""")  # up to the end of the command
PLAIN = {"cat", "cp", "echo", "gzip", "mkdir", "zcat"}  # harmless commands that a page may use

all_pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@all_pages
def test_a_block_says_its_language(page: Path):
    assert [block.line for block in blocks_of(page) if not block.language] == []


@all_pages
def test_commands_have_the_options_that_are_shown(page: Path):
    for block in blocks_of(page):
        for command in commands_of(block) if block.language == "bash" else ():
            for arguments in ARGUMENTS.findall(command):
                parse(words(arguments))


@all_pages
def test_snippets_run(page: Path, folder: Path):
    run = Run(page.name)
    for block in blocks_of(page):
        run(block)


class Run:
    """Runs the blocks of a page one after the other: Python in one namespace, commands in the folder that we are in."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.printed = ""

    def __call__(self, block: Block) -> None:
        if block.title == OUTPUT:
            assert block.code.split() == self.printed.split(), f"{self.page}, line {block.line}"
        elif block.title:
            Path(block.title).write_text(block.code + "\n", encoding="utf-8")
        elif not block.not_run:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                self._run(block)
            self.printed = printed.getvalue()

    def _run(self, block: Block) -> None:
        match block.language:
            case "python":
                code = "\n" * (block.line - 1) + block.code
                exec(compile(code, self.page, "exec"), self.names)
            case "bash":
                for command in commands_of(block):
                    self._command(command, f"{self.page}, line {block.line}: {command}")
            case "json":
                json.loads(block.code)
            case "ini":
                assert "#" not in str(config(block.code)), "a comment behind a value is part of the value"

    def _command(self, command: str, where: str) -> None:
        if command.startswith(ANGEL):
            arguments = words(command.removeprefix(ANGEL))
            if arguments[0] == "serve":
                return  # until it is stopped: tests/service does that
            done = CliRunner().invoke(app, arguments)
            assert done.exit_code == 0, f"{where}\n{done.output}\n{done.exception!r}"
            print(done.stdout)
        else:
            assert command.split()[0] in PLAIN, f"{where}\nPut <!-- not run: REASON --> before the block."
            print(subprocess.run(["bash", "-ec", command], check=True, capture_output=True, text=True).stdout)


def config(text: str) -> Config:
    """A part of a config, whatever it is a part of."""
    sections = re.findall(r"^\[(.+)\]$", text, re.MULTILINE)
    around = {section[: dot.start()] for section in sections for dot in re.finditer(r"\.", section)}
    return Config().from_str("".join(f"[{one}]\n" for one in sorted(around - {*sections})) + text, interpolate=False)


def words(arguments: str) -> list[str]:
    """A shell's words of a command line: without quotes and comments, patterns being what they match."""
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {arguments}"], capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


def parse(arguments: list[str]) -> None:
    """Raises UsageError for a command or an option that there is not."""
    command: Any = typer.main.get_command(app)
    context = None
    while hasattr(command, "commands"):
        context = command.make_context("angel", arguments, parent=context, ignore_unknown_options=True)
        name, command, arguments = command.resolve_command(context, arguments)
    command.make_context(name, list(arguments), parent=context)
