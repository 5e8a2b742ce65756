"""`angel calibrate`: the weights of the evidence and the threshold of a pipeline, from dev corpora."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from wasabi import msg

from ..errors import ConfigError, CorpusError
from .errors import Problems, check_input, fails_in_one_line
from .messages import good, warn
from .options import ANNOTATED, KnowledgeBaseFolder, PipelineArgument

if TYPE_CHECKING:
    from spacy.language import Language

    from ..component.linker import AngelLinker
    from ..evaluation.sureness import Sureness
    from ..records import Article

LEAST_DOCUMENTS = 20  # to fit weights on


@dataclass(frozen=True)
class Judged:
    """A corpus by the weights that the pipeline had, and by those that it gets; `fitted`: on it, among others."""

    before: "Sureness"
    after: "Sureness"
    fitted: bool


@fails_in_one_line
def calibrate(
    pipeline: PipelineArgument,
    corpora: Annotated[
        list[Path], typer.Argument(metavar="DEV", help=f"annotated articles, one or more files: {ANNOTATED}")
    ],
    precision: Annotated[float, typer.Option(help="share of the links that are to be right", min=0.0, max=1.0)] = 0.9,
    judge: Annotated[
        list[Path] | None, typer.Option(help="a corpus that nothing is fitted on: is it calibrated too? Repeat")
    ] = None,
    kb: KnowledgeBaseFolder = None,
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="choose the threshold alone, with the weights that the pipeline has")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="store both in the pipeline, a folder")] = False,
    output: Annotated[Path | None, typer.Option(help="JSON file for weights, threshold and curves")] = None,
    report: Annotated[Path | None, typer.Option(help="a page with reliability plots, *.html, or *.md")] = None,
) -> None:
    """Fit how much each piece of evidence weighs, and choose the threshold: the least probability of a link from which
    on enough links are right on every corpus.

    The corpora's own mentions are linked, with the knowledge base of the pipeline. Each is judged by weights that were
    fitted on other documents. Choose on dev, never on test.
    """
    import srsly

    from ..evaluation.calibration import choose
    from ..evaluation.document import check_format, write_report
    from ..evaluation.report import calibration_report
    from ..evaluation.run import find_linker
    from ..kb import KnowledgeBase
    from ..pipelines import kept_checksums, load_pipeline

    if write and not Path(pipeline).is_dir():
        raise ConfigError(
            f"--write stores into a pipeline folder, {pipeline!r} is none: save the pipeline and name that."
        )
    if write and kb is not None:
        raise ConfigError("--write stores for the pipeline's own knowledge base: leave --kb out.")
    if report is not None:
        check_format(report)
    nlp = load_pipeline(pipeline)
    linker = find_linker(nlp)
    if kb is not None:
        linker.set_kb(KnowledgeBase.from_disk(kb), weights=linker.weights)
    to_fit, to_judge = ({str(path): _read(path) for path in paths} for paths in (corpora, judge or []))
    found = _judged(nlp, linker, to_fit, to_judge, keep_weights)
    fitted = {name: one.after for name, one in found.items() if one.fitted}
    if hopeless := [name for name, corpus in fitted.items() if not corpus.right.any()]:
        raise CorpusError(
            f"{hopeless[0]}: no mention has a right first candidate, so nothing can be chosen; check that its ids are "
            "those of the pipeline's knowledge base."
        )
    threshold = choose(list(fitted.values()), precision)
    figures = _figures(found, threshold, precision)
    for name, one in found.items():
        errors = f"{one.before.calibration_error():.3f} before, {one.after.calibration_error():.3f} now"
        unseen = "" if one.fitted else ", not fitted on"
        typer.echo(f"\n{name}, {len(one.after):,} mentions{unseen}; expected calibration error {errors}")
        curve = one.after.curve(threshold)
        rows = [[f"{value:.3f}" for value in point.values()] for point in curve]
        msg.table(rows, header=tuple(curve[0]), divider=True, aligns=tuple("rrr"))
    weights = linker.weights.to_dict() if linker.settings.combine else {}
    if weights:
        msg.table([(name, f"{weight:.2f}") for name, weight in weights.items()], header=("evidence", "weight"))
    if report is not None:
        write_report(calibration_report(figures), report)
        good(f"Written to {report}")
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        curves = {name: one.after.curve(threshold) for name, one in found.items()}
        srsly.write_json(output, {**figures, "weights": weights, "curves": curves})
    if write:
        linker.threshold = threshold
        with kept_checksums(Path(pipeline)):
            linker.to_disk(Path(pipeline) / linker.name, exclude=["model", "encoder", "kb", "trie"])
    good(f"threshold {threshold:g}: from there on, {precision:.0%} of the links or more are right in each corpus")


def _figures(found: Mapping[str, Judged], threshold: float, precision: float) -> dict[str, Any]:
    """All that is told, for JSON and the report."""
    corpora = {}
    for name, one in found.items():
        both = {"before": one.before, "after": one.after}
        corpora[name] = {
            "n": len(one.after),
            "fitted": one.fitted,
            "calibration_error": {when: of.calibration_error() for when, of in both.items()},
            "reliability": {when: of.reliability() for when, of in both.items()},
            "coverage": {when: of.curve(at=[i / 50 for i in range(50)]) for when, of in both.items()},
        }
    return {"threshold": threshold, "precision": precision, "corpora": corpora}


def _judged(
    nlp: "Language",
    linker: "AngelLinker",
    to_fit: "Mapping[str, list[Article]]",
    to_judge: "Mapping[str, list[Article]]",
    keep_weights: bool,
) -> dict[str, Judged]:
    """How sure and how right the first candidates are; the linker gets the weights that were fitted."""
    from ..evaluation import calibration, fitting

    corpora = {**to_judge, **to_fit}
    if not linker.settings.combine:
        same = {name: calibration.sureness(nlp, linker, articles) for name, articles in corpora.items()}
        return {name: Judged(of, of, name in to_fit) for name, of in same.items()}
    cases = {name: fitting.cases(nlp, linker, articles) for name, articles in corpora.items()}
    before = {name: fitting.sureness(of, linker.weights) for name, of in cases.items()}
    learnt = [cases[name] for name in to_fit]
    n_documents = len({(i, case.document) for i, of in enumerate(learnt) for case in of})
    if keep_weights or n_documents < LEAST_DOCUMENTS:
        if not keep_weights:
            warn(f"{n_documents} annotated articles are too few to fit weights on: those of the pipeline are kept.")
        return {name: Judged(of, of, name in to_fit) for name, of in before.items()}
    after = dict(zip(to_fit, fitting.crossed(learnt), strict=True))
    linker.weights = fitting.fit(learnt)
    after |= {name: fitting.sureness(cases[name], linker.weights) for name in to_judge if name not in to_fit}
    return {name: Judged(before[name], after[name], name in to_fit) for name in (*to_fit, *to_judge)}


def _read(path: Path) -> "list[Article]":
    from ..corpora.formats import read_articles

    articles = list(read_articles(check_input(path), on_error=Problems()))
    if not any(article.mentions for article in articles):
        raise CorpusError(f"{path}: no mention was found; calibrate on annotated articles.")
    return articles
