"""Documents of headings, text, tables and plots, written as self-contained HTML or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ..errors import ConfigError
from ..files import open_output

FORMATS = (".html", ".md")

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
_STYLE = """
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.45; }
table { border-collapse: collapse; margin: 0.8rem 0; font-size: 0.92rem; display: block; overflow-x: auto; }
td, th { padding: 0.2rem 0.9rem 0.2rem 0; text-align: right; vertical-align: top; }
td:first-child, th:first-child { text-align: left; }
tr { border-bottom: 1px solid #8884; }
svg { max-width: 100%; height: auto; margin: 0.4rem 1rem 0.4rem 0; font: 12px system-ui, sans-serif; }
svg text { fill: currentColor; }
svg .axis { fill: none; stroke: currentColor; }
svg .grid { stroke: #8883; }
svg .diagonal { stroke: #868e96; stroke-dasharray: 4 4; }
.words td, .words th { text-align: left; }
"""


@dataclass(frozen=True)
class Heading:
    """A title of a part; level 1 is the document's."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells below a header; `words`: the cells are text rather than numbers."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: bool = False


@dataclass(frozen=True)
class Plot:
    """Drawings side by side, as SVG; Markdown goes without."""

    drawings: Sequence[str]


Block = Heading | Text | Table | Plot


def check_format(path: Path) -> None:
    """Raises ConfigError for a name that ends otherwise than FORMATS."""
    if path.suffix not in FORMATS:
        raise ConfigError(f"{path}: name the report *{' or *'.join(FORMATS)}.")


def write_report(blocks: Iterable[Block], path: Path) -> None:
    """Writes blocks in the format that the name of the file asks for. Raises ConfigError for another one."""
    check_format(path)
    blocks = list(blocks)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_output(path) as file:
        file.write(as_html(blocks) if path.suffix == ".html" else as_markdown(blocks))


def as_html(blocks: Iterable[Block]) -> str:
    """A page that needs nothing else."""
    blocks = list(blocks)
    title = next((one.text for one in blocks if isinstance(one, Heading)), "Report")
    body = "\n".join(map(_html, blocks))
    return _PAGE.format(title=escape(title), style=_STYLE, body=body)


def as_markdown(blocks: Iterable[Block]) -> str:
    """The same without its drawings."""
    return "\n\n".join(text for text in map(_markdown, blocks) if text) + "\n"


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Text):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Plot):
        return f"<div>{''.join(block.drawings)}</div>"
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.header)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in block.rows)
    kind = ' class="words"' if block.words else ""
    return f"<table{kind}>\n<tr>{head}</tr>\n{rows}\n</table>"


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, Text):
        return block.text
    if isinstance(block, Plot):
        return ""
    lines = [block.header, ["---"] * len(block.header), *block.rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
