"""The code blocks of a page, with what the page says about running them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
_FIRST = "<!-- first:"
_FENCE = re.compile(r" *```(?P<language>[\w-]*)(?: .*title=\"(?P<title>[^\"]*)\")?")

OUTPUT = "Output"


@dataclass(frozen=True)
class Block:
    """One block: where its code begins, and why it is not run. A `title` names a file, or says that it is output."""

    language: str
    code: str
    line: int
    title: str = ""
    not_run: str = ""


def blocks_of(page: Path) -> list[Block]:
    """All blocks in order. `<!-- first: ... -->` holds Python that a reader need not see."""
    return list(_blocks(page.read_text(encoding="utf-8").splitlines()))


def _blocks(lines: list[str]) -> Iterator[Block]:
    numbered = enumerate(lines, 1)
    reason = ""
    for number, line in numbered:
        if line.startswith(_FIRST):
            until_end = [line.removeprefix(_FIRST).strip(), *_until(numbered, "-->")] if "-->" not in line else [line]
            yield Block("python", "\n".join(until_end), number)
        elif fence := _FENCE.match(line):
            code = "\n".join(_until(numbered, "```"))
            yield Block(fence["language"], code, number + 1, fence["title"] or "", reason)
        if line.strip():
            found = _NOT_RUN.fullmatch(line.strip())
            reason = found[1] if found else ""


def _until(numbered: Iterator[tuple[int, str]], end: str) -> Iterator[str]:
    for _, line in numbered:
        if line.strip() == end:
            return
        yield line


def commands_of(block: Block) -> list[str]:
    """The lines of a shell block, those that go on in the next one joined; comments and empty ones are left out."""
    lines = re.sub(r"\\\n\s*", "", block.code).splitlines()
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]
