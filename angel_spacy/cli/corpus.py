"""`angel corpus`: an annotated corpus as training data of spaCy."""

from pathlib import Path
from typing import Annotated

import typer

from .errors import Problems, check_input, fails_in_one_line
from .messages import good, warn
from .options import ANNOTATED, Format, Strict


@fails_in_one_line
def corpus(
    source: Annotated[Path, typer.Argument(metavar="IN", help=f"an annotated corpus: {ANNOTATED}")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="the .spacy file to write")],
    format: Format = None,  # noqa: A002 the name of the option
    strict: Strict = False,
) -> None:
    """Convert an annotated corpus to a .spacy file for `spacy train`."""
    from ..corpora.docbin import corpus_convert

    counts = corpus_convert(check_input(source), target, format, None if strict else Problems())
    if counts["left_out"]:
        warn(f"{counts['left_out']:,} mentions overlap others, or are blank: entities cannot, so they were left out.")
    good(f"{target}: {counts['docs']:,} docs, {counts['ents']:,} entities")
