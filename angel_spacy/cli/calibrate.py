"""`angel calibrate`: the threshold of a pipeline, chosen on dev corpora."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from wasabi import msg

from ..errors import ConfigError, CorpusError
from .errors import Problems, check_input, fails_in_one_line
from .messages import good
from .options import ANNOTATED, PipelineArgument

if TYPE_CHECKING:
    from spacy.language import Language

    from ..component.linker import AngelLinker
    from ..evaluation.calibration import Sureness


@fails_in_one_line
def calibrate(
    pipeline: PipelineArgument,
    corpora: Annotated[
        list[Path], typer.Argument(metavar="DEV", help=f"annotated articles, one or more files: {ANNOTATED}")
    ],
    precision: Annotated[float, typer.Option(help="share of the links that are to be right", min=0.0, max=1.0)] = 0.9,
    write: Annotated[bool, typer.Option("--write", help="store the threshold in the pipeline, a folder")] = False,
    output: Annotated[Path | None, typer.Option(help="JSON file for the threshold and the curves")] = None,
) -> None:
    """Choose the threshold: the least probability of a link from which on enough links are right on every corpus.

    The corpora's own mentions are linked, with the knowledge base of the pipeline. Choose on dev, never on test.
    """
    import srsly

    from ..evaluation.calibration import choose
    from ..evaluation.run import find_linker
    from ..pipelines import load_pipeline

    if write and not Path(pipeline).is_dir():
        raise ConfigError(
            f"--write stores into a pipeline folder, {pipeline!r} is none: save the pipeline and name that."
        )
    nlp = load_pipeline(pipeline)
    linker = find_linker(nlp)
    found = {str(path): _linked(nlp, linker, path) for path in corpora}
    if hopeless := [name for name, corpus in found.items() if not corpus.right.any()]:
        raise CorpusError(
            f"{hopeless[0]}: no mention has a right first candidate, so nothing can be chosen; check that its ids are "
            "those of the pipeline's knowledge base."
        )
    threshold = choose(list(found.values()), precision)
    curves = {name: corpus.curve(threshold) for name, corpus in found.items()}
    for name, curve in curves.items():
        typer.echo(f"\n{name}, {len(found[name]):,} mentions")
        rows = [[f"{value:.3f}" for value in point.values()] for point in curve]
        msg.table(rows, header=tuple(curve[0]), divider=True, aligns=tuple("rrr"))
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        srsly.write_json(output, {"threshold": threshold, "precision": precision, "curves": curves})
    if write:
        linker.threshold = threshold
        linker.to_disk(Path(pipeline) / linker.name, exclude=["model", "kb", "trie"])
    good(f"threshold {threshold:g}: from there on, {precision:.0%} of the links or more are right in each corpus")


def _linked(nlp: "Language", linker: "AngelLinker", path: Path) -> "Sureness":
    from ..corpora.formats import read_articles
    from ..evaluation.calibration import sureness

    found = sureness(nlp, linker, list(read_articles(check_input(path), on_error=Problems())))
    if not len(found):
        raise CorpusError(f"{path}: no mention was found; calibrate on annotated articles.")
    return found
