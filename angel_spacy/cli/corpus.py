"""`angel corpus`: annotated corpora from one format to another."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from ..corpora.formats import FORMATS, listed
from ..errors import CorpusError
from ..records import LinkedArticle
from .errors import Problems, check_input, check_output, check_whole, fails_in_one_line
from .messages import good, warn
from .options import ARTICLES, Strict

corpus_app = typer.Typer(name="corpus", help="Convert annotated corpora.", no_args_is_help=True)

_WRITTEN = listed(
    f"{one.name} ({'a folder, by --to' if one.holds else ', '.join(one.suffixes)})" for one in FORMATS if one.sink
)
_READ = listed(one.name for one in FORMATS)


@corpus_app.command("convert", no_args_is_help=True)
@fails_in_one_line
def convert(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="IN... OUT", help=f"corpora: {ARTICLES}; then what to write, by its name: {_WRITTEN}"),
    ],
    source_format: Annotated[str | None, typer.Option("--from", help=f"{_READ}; guessed when not given")] = None,
    target_format: Annotated[str | None, typer.Option("--to", help="of OUT; by its name when not given")] = None,
    ids: Annotated[Path | None, typer.Option(help="a file of article ids, one a line: only these are kept")] = None,
    newest: Annotated[
        bool,
        typer.Option("--newest", help="PubMed's update files: of an article the last version, deleted ones not at all"),
    ] = False,
    strict: Strict = False,
) -> None:
    """Convert corpora to another format. What it cannot hold is counted and told."""
    from ..annotation.writing import write_annotations
    from ..corpora.files import Reporter, numbered_lines

    *sources, target = paths
    if not sources:
        raise typer.BadParameter("Name what to convert, then what to write.")
    for source in sources:
        check_output(check_input(source), target)
    problems = None if strict else Problems()
    wanted = {line.strip() for _, line in numbered_lines(ids, Reporter(ids))} if ids else None
    articles = _articles(sources, source_format, problems, newest)
    kept = (one for one in articles if wanted is None or one.article.article_id in wanted)
    tally = write_annotations(kept, target, problems, format=target_format)
    for what, n in tally.lost.items():
        warn(f"Not kept in this format: {n:,} {what}.")
    if problems and problems.n:
        warn(f"{problems.n:,} problems in all.")
    if not tally.articles:
        raise CorpusError(f"{', '.join(map(str, sources))}: no article was found; check the file and its format.")
    good(f"{target}: {tally.articles:,} articles, {tally.mentions:,} mentions, {tally.linked:,} with ids")
    for source in sources:
        check_whole(source, target, problems)


def _articles(
    sources: list[Path], form: str | None, problems: Problems | None, newest: bool
) -> Iterator[LinkedArticle]:
    from ..corpora.formats import read_linked_articles
    from ..corpora.pubmed_newest import read_newest

    if newest:
        return map(LinkedArticle.of, read_newest(sources, problems))
    return chain.from_iterable(read_linked_articles(path, form, problems) for path in sources)
