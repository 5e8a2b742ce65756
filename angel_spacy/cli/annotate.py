"""`angel annotate`: texts in, linked concepts out."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from wasabi import msg

from .errors import Problems, check_input, check_output, check_whole, fails_in_one_line
from .messages import good, warn
from .options import (
    ARTICLES,
    WRITABLE,
    BeamMargin,
    Composites,
    ExactMatch,
    Format,
    KnowledgeBaseFolder,
    Pipeline,
    Precision,
    Strict,
    Threshold,
)

if TYPE_CHECKING:
    from ..annotation.writing import Tally


@fails_in_one_line
def annotate(
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help=ARTICLES),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help=WRITABLE)],
    pipeline: Pipeline = "starter",
    kb: KnowledgeBaseFolder = None,
    input_format: Format = None,
    threshold: Threshold = None,
    precision: Precision = None,
    exact_match: ExactMatch = None,
    beam_margin: BeamMargin = None,
    composites: Composites = False,
    n_process: Annotated[int, typer.Option(help="number of worker processes", min=1)] = 1,
    batch_size: Annotated[int, typer.Option(help="articles processed together", min=1)] = 32,
    given: Annotated[
        bool,
        typer.Option(
            "--given", help="link the mentions that IN has (as PubTator from another NER) instead of finding some"
        ),
    ] = False,
    output_format: Annotated[str | None, typer.Option(help="of OUT; by its name when not given")] = None,
    strict: Strict = False,
) -> None:
    """Find the mentions in texts and link them to concepts.

    Articles keep their order and none is dropped: one without mentions is written too, and one that could not be
    processed is reported and written without mentions (JSONL says why under "error"). A record that cannot be read is
    reported with its number and skipped. Exit code 1 where no article was found, or a damaged file ended too early.
    """
    from ..annotation.stream import annotate
    from ..annotation.writing import write_annotations, write_ids
    from ..component.given import linked_as_given
    from ..corpora.formats import format_to_write, guess_format, read_articles
    from .pipeline import ready_pipeline
    from .progress import count_articles, progress

    check_output(check_input(source), target)
    problems = None if strict else Problems()
    total = count_articles(source, input_format, problems)
    nlp, linker = ready_pipeline(
        pipeline,
        kb,
        threshold=threshold,
        precision=precision,
        exact_match=exact_match,
        beam_margin=beam_margin,
        composites=composites or None,
    )
    articles = read_articles(source, input_format, problems, texts_only=not given)
    started = time.perf_counter()
    key = linker.settings.spans_key
    stream = (
        linked_as_given(nlp, linker, articles)
        if given
        else annotate(nlp, articles, spans_key=key, batch_size=batch_size, n_process=n_process)
    )
    forms = input_format or guess_format(source), format_to_write(target, output_format).name
    if given and forms == ("pubtator", "pubtator"):
        tally = write_ids(progress(stream, total), source, target)
    else:
        tally = write_annotations(progress(stream, total), target, problems, format=output_format)
    _summarise(tally, time.perf_counter() - started, _peak_memory(with_workers=n_process > 1))
    for what, n in tally.lost.items():
        warn(f"Not kept in this format: {n:,} {what}.")
    if problems and problems.n:
        warn(f"{problems.n} problems were reported above; {tally.failed} articles could not be processed.")
    good(f"Written to {target} (links of probability {linker.threshold:g} or more)")
    check_whole(source, target, problems)


def _summarise(tally: "Tally", seconds: float, peak_memory: str) -> None:
    rows = {
        "articles": f"{tally.articles:,}",
        "mentions": f"{tally.mentions:,}",
        "linked": f"{tally.linked:,}",
        "NIL": f"{tally.mentions - tally.linked:,}",
        "seconds": f"{seconds:.1f}",
        "abstracts/s": f"{tally.articles / seconds:.2f}",
        "mentions/s": f"{tally.mentions / seconds:.2f}",
        "peak memory": peak_memory,
    }
    msg.table(rows, widths=(12, 12), aligns=("l", "r"))


def _peak_memory(with_workers: bool) -> str:
    """Of this process, and of its largest worker."""
    try:
        import resource
    except ImportError:  # Windows
        return "unknown"
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, worker = (resource.getrusage(kind).ru_maxrss * unit / 2**20 for kind in kinds)
    return f"{own:,.0f} MiB" + (f" + {worker:,.0f} MiB a worker" if with_workers else "")
