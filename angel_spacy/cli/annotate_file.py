"""`angel annotate IN OUT`: one file into another."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wasabi import msg

from .errors import Problems, check_input, check_output, check_whole
from .messages import good, warn

if TYPE_CHECKING:
    from ..annotation.writing import Tally


@dataclass(frozen=True)
class Asked:
    """What a user wants done with each article, whatever there is to annotate; None: as the pipeline has it."""

    pipeline: str
    kb: Path | None
    settings: Mapping[str, Any]
    input_format: str | None
    output_format: str | None
    given: bool
    batch_size: int


def annotate_file(asked: Asked, source: Path, target: Path, *, n_process: int, strict: bool) -> None:
    """Annotates the articles of one file, in order."""
    from ..annotation.stream import annotate
    from ..annotation.writing import write_annotations, write_ids
    from ..component.given import linked_as_given
    from ..component.loading import ready_pipeline
    from ..component.workers import return_large_blocks
    from ..corpora.formats import format_to_write, guess_format, read_articles
    from .progress import count_articles, progress

    check_output(check_input(source), target)
    problems = None if strict else Problems()
    input_format, output_format = asked.input_format, asked.output_format
    total = count_articles(source, input_format, problems)
    return_large_blocks()
    nlp, linker = ready_pipeline(asked.pipeline, asked.kb, **asked.settings)
    articles = read_articles(source, input_format, problems, texts_only=not asked.given)
    started = time.perf_counter()
    key = linker.settings.spans_key
    stream = (
        linked_as_given(nlp, linker, articles)
        if asked.given
        else annotate(nlp, articles, spans_key=key, batch_size=asked.batch_size, n_process=n_process)
    )
    forms = input_format or guess_format(source), format_to_write(target, output_format).name
    if asked.given and forms == ("pubtator", "pubtator"):
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
