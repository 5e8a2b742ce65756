"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Pipeline = Annotated[str, typer.Option(help="starter, a pipeline folder, or the name of an installed pipeline package")]
KnowledgeBaseFolder = Annotated[
    Path | None, typer.Option("--kb", help="link to this knowledge base (a folder that `kb build` wrote)")
]
Format = Annotated[str | None, typer.Option(help="jsonl, text, pubtator or pubmed-xml; guessed when not given")]
Strict = Annotated[bool, typer.Option("--strict", help="stop at the first bad record instead of reporting it")]
Precision = Annotated[str | None, typer.Option(help="float32, bfloat16, float16 or int8")]
ExactMatch = Annotated[
    str | None,
    typer.Option(
        help="what a wording that is a name of exactly one concept does: off, prefer (it comes first) or skip"
    ),
]
BeamMargin = Annotated[
    float | None, typer.Option(help="drop names that are so many nats less likely than the best; faster, not exact")
]
