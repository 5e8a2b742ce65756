"""Options that several commands share."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from ..component.settings import Settings
from ..corpora.formats import FORMATS, listed

ARTICLES = f"{listed(one.help for one in FORMATS)}; gzip too"
_WITHOUT_MENTIONS = ("text", "pubmed-xml", "jats")
ANNOTATED = f"a corpus: {listed(one.help for one in FORMATS if one.name not in _WITHOUT_MENTIONS)}; gzip too"
_SUFFIXES = dict.fromkeys(suffix for one in FORMATS if one.sink and not one.holds for suffix in one.suffixes)
WRITABLE = f"a {listed(_SUFFIXES)} file to write, .gz too"

_PIPELINE = "starter, a pipeline folder, or the name of an installed pipeline package"
Pipeline = Annotated[str, typer.Option(help=_PIPELINE)]
PipelineArgument = Annotated[str, typer.Argument(metavar="PIPELINE", help=_PIPELINE)]
KnowledgeBaseFolder = Annotated[
    Path | None, typer.Option("--kb", help="link to this knowledge base (a folder that `kb build` wrote)")
]
Format = Annotated[str | None, typer.Option(help=f"{listed(one.name for one in FORMATS)}; guessed when not given")]
Strict = Annotated[bool, typer.Option("--strict", help="stop at the first bad record instead of reporting it")]


def setting(name: str) -> Any:
    """The option for a setting of the component, with its own words."""
    (meaning,) = (one.metadata["help"] for one in fields(Settings) if one.name == name)
    return typer.Option(help=meaning.replace("`", "").split("; null:")[0])


Threshold = Annotated[float | None, setting("threshold")]
Precision = Annotated[str | None, setting("precision")]
ExactMatch = Annotated[str | None, setting("exact_match")]
BeamMargin = Annotated[float | None, setting("beam_margin")]
Composites = Annotated[bool, typer.Option("--composites", help="read lists of names as several concepts")]
