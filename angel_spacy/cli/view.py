"""`angel view`: annotated JSONL as a page for the browser."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import Problems, check_input, check_output, check_whole, fails_in_one_line
from .messages import good
from .options import KnowledgeBaseFolder, Strict

if TYPE_CHECKING:
    from ..annotation.page import Reasons


@fails_in_one_line
def view(
    source: Annotated[Path, typer.Argument(metavar="IN", help="JSONL that `annotate` wrote, gzip too")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="the .html file to write")],
    explain: Annotated[
        str | None, typer.Option(metavar="PIPELINE", help="say why, by this pipeline (starter, or a folder)")
    ] = None,
    kb: KnowledgeBaseFolder = None,
    strict: Strict = False,
) -> None:
    """Write an HTML page of annotated texts whose links open the concepts' pages."""
    from ..annotation.page import write_page
    from ..corpora.jsonl import read_linked
    from .progress import count_articles

    check_output(check_input(source), target)
    problems = None if strict else Problems()
    count_articles(source, "jsonl", problems)
    reasons = _reasons(explain, kb) if explain else None
    n_articles = write_page(read_linked(source, problems), target, title=source.name, reasons=reasons)
    good(f"{target}: {n_articles:,} articles")
    check_whole(source, target, problems)


def _reasons(pipeline: str, kb: Path | None) -> "Reasons":
    from functools import partial

    from ..component.loading import ready_pipeline
    from ..component.reasons import reasons

    return partial(reasons, *ready_pipeline(pipeline, kb))
