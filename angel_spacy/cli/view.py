"""`angel view`: annotated JSONL as a page for the browser."""

from pathlib import Path
from typing import Annotated

import typer

from .errors import Problems, check_input, check_output, check_whole, fails_in_one_line
from .messages import good
from .options import Strict


@fails_in_one_line
def view(
    source: Annotated[Path, typer.Argument(metavar="IN", help="JSONL that `annotate` wrote, gzip too")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="the .html file to write")],
    strict: Strict = False,
) -> None:
    """Write an HTML page of annotated texts whose links open the concepts' pages."""
    from ..annotation.page import write_page
    from ..corpora.jsonl import read_linked
    from .progress import count_articles

    check_output(check_input(source), target)
    problems = None if strict else Problems()
    count_articles(source, "jsonl", problems)
    n_articles = write_page(read_linked(source, problems), target, title=source.name)
    good(f"{target}: {n_articles:,} articles")
    check_whole(source, target, problems)
