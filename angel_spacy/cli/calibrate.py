"""`angel calibrate`: the weights of the evidence and the threshold of a pipeline, from dev corpora."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from wasabi import msg

from ..errors import ConfigError, CorpusError
from .errors import Problems, check_input, fails_in_one_line
from .messages import good, warn
from .options import ANNOTATED, PipelineArgument

if TYPE_CHECKING:
    from spacy.language import Language

    from ..component.linker import AngelLinker
    from ..evaluation.calibration import Sureness
    from ..records import Article

LEAST_DOCUMENTS = 20  # to fit weights on


@fails_in_one_line
def calibrate(
    pipeline: PipelineArgument,
    corpora: Annotated[
        list[Path], typer.Argument(metavar="DEV", help=f"annotated articles, one or more files: {ANNOTATED}")
    ],
    precision: Annotated[float, typer.Option(help="share of the links that are to be right", min=0.0, max=1.0)] = 0.9,
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="choose the threshold alone, with the weights that the pipeline has")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="store both in the pipeline, a folder")] = False,
    output: Annotated[Path | None, typer.Option(help="JSON file for weights, threshold and curves")] = None,
) -> None:
    """Fit how much each piece of evidence weighs, and choose the threshold: the least probability of a link from which
    on enough links are right on every corpus.

    The corpora's own mentions are linked, with the knowledge base of the pipeline. Each is judged by weights that were
    fitted on other documents. Choose on dev, never on test.
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
    found = _judged(nlp, linker, {str(path): _read(path) for path in corpora}, keep_weights)
    if hopeless := [name for name, corpus in found.items() if not corpus.right.any()]:
        raise CorpusError(
            f"{hopeless[0]}: no mention has a right first candidate, so nothing can be chosen; check that its ids are "
            "those of the pipeline's knowledge base."
        )
    threshold = choose(list(found.values()), precision)
    curves = {name: corpus.curve(threshold) for name, corpus in found.items()}
    for name, curve in curves.items():
        error = found[name].calibration_error()
        typer.echo(f"\n{name}, {len(found[name]):,} mentions, expected calibration error {error:.3f}")
        rows = [[f"{value:.3f}" for value in point.values()] for point in curve]
        msg.table(rows, header=tuple(curve[0]), divider=True, aligns=tuple("rrr"))
    weights = linker.weights.to_dict() if linker.settings.combine else {}
    if weights:
        msg.table([(name, f"{weight:.2f}") for name, weight in weights.items()], header=("evidence", "weight"))
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        figures = {"threshold": threshold, "precision": precision, "weights": weights, "curves": curves}
        srsly.write_json(output, figures)
    if write:
        linker.threshold = threshold
        linker.to_disk(Path(pipeline) / linker.name, exclude=["model", "encoder", "kb", "trie"])
    good(f"threshold {threshold:g}: from there on, {precision:.0%} of the links or more are right in each corpus")


def _judged(
    nlp: "Language", linker: "AngelLinker", corpora: "dict[str, list[Article]]", keep_weights: bool
) -> "dict[str, Sureness]":
    """How sure and how right the first candidates are; the linker gets the weights that were fitted."""
    from ..evaluation import calibration, fitting

    if not linker.settings.combine:
        return {name: calibration.sureness(nlp, linker, articles) for name, articles in corpora.items()}
    cases = {name: fitting.cases(nlp, linker, articles) for name, articles in corpora.items()}
    n_documents = len({(name, case.document) for name, of in cases.items() for case in of})
    if keep_weights or n_documents < LEAST_DOCUMENTS:
        if not keep_weights:
            warn(f"{n_documents} annotated articles are too few to fit weights on: those of the pipeline are kept.")
        return {name: fitting.sureness(of, linker.weights) for name, of in cases.items()}
    judged = fitting.crossed(list(cases.values()))
    linker.weights = fitting.fit(list(cases.values()))
    return dict(zip(cases, judged, strict=True))


def _read(path: Path) -> "list[Article]":
    from ..corpora.formats import read_articles

    articles = list(read_articles(check_input(path), on_error=Problems()))
    if not any(article.mentions for article in articles):
        raise CorpusError(f"{path}: no mention was found; calibrate on annotated articles.")
    return articles
