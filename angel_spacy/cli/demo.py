"""`angel demo`: a first look at what the package does."""

from pathlib import Path
from typing import Annotated

import typer

from ..pipelines import DEMO_TEXTS
from .demo_table import demo_table, heading
from .errors import Problems, check_input, fails_in_one_line
from .messages import good, info
from .options import ARTICLES, Pipeline

Texts = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=f"texts of your own: {ARTICLES}",
        show_default="the shipped abstracts",
    ),
]
Output = Annotated[Path, typer.Option(help="folder for annotations.jsonl and annotations.html")]


@fails_in_one_line
def demo(file: Texts = DEMO_TEXTS, output: Output = Path("angel-demo"), pipeline: Pipeline = "starter") -> None:
    """Annotate a few abstracts, show the concepts, and write them as JSONL and as a page for the browser."""
    from ..annotation.page import write_page
    from ..annotation.stream import annotate
    from ..annotation.writing import write_annotations
    from ..component.loading import ready_pipeline
    from ..corpora.formats import read_articles
    from ..corpora.jsonl import read_linked
    from .progress import count_articles, progress

    total = count_articles(check_input(file), on_error=Problems())
    nlp, linker = ready_pipeline(pipeline)
    rows, page = output / "annotations.jsonl", output / "annotations.html"
    articles = read_articles(file, on_error=Problems(), texts_only=True)
    stream = annotate(nlp, articles, spans_key=linker.settings.spans_key, batch_size=1)
    write_annotations(progress(stream, total), rows, Problems())
    write_page(read_linked(rows), page, title="angel-spacy demo")
    for linked in read_linked(rows):
        typer.secho("\n" + heading(linked.article), bold=True)
        typer.echo(demo_table(linked))
    nil = f"; below {linker.threshold:g} a mention is NIL, no concept being sure enough" if linker.threshold else ""
    info(f"prob: the concept's probability{nil}")
    good(f"Written to {rows}")
    good(f"Written to {page} (open it in a browser)")
