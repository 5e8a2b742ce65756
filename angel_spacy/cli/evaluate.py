"""`angel evaluate`: how good the links are on an annotated corpus."""

from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError
from .errors import Problems, check_input, fails_in_one_line
from .evaluation_tables import protocol_in_words, show_errors, show_gold, show_predicted, show_protocol
from .messages import good, warn
from .options import (
    ANNOTATED,
    BeamMargin,
    Composites,
    ExactMatch,
    Format,
    KnowledgeBaseFolder,
    PipelineArgument,
    Precision,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.language import Language

    from ..component.linker import AngelLinker
    from ..evaluation.errors import Answer
    from ..kb import KnowledgeBase
    from ..records import Article

READINGS = (
    "Lenient, as published: a name of several concepts counts as all of them. Strict: only the one concept that was "
    "chosen counts. One id of a composite mention is enough in both."
)


@fails_in_one_line
def evaluate(
    pipeline: PipelineArgument,
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help=f"annotated articles: {ANNOTATED}")],
    kb: KnowledgeBaseFolder = None,
    aliases: Annotated[
        list[Path] | None,
        typer.Option(help="a corpus whose mentions become names of the KB; may be given several times"),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="JSON file for the figures")] = None,
    predict: Annotated[
        bool, typer.Option("--predict", help="judge the mentions that the pipeline finds itself")
    ] = False,
    protocol: Annotated[
        str | None, typer.Option(help="the figure to tell first: angel, belb or unseen (docs/results.md)")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="a page with plots, *.html, or *.md")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="also show which mentions are linked wrong")] = False,
    examples: Annotated[int, typer.Option(help="with --errors: examples of each kind", min=0)] = 5,
    tree: Annotated[
        Path | None, typer.Option(help="with --errors: a KB folder with the parents of these ids, as MeSH's")
    ] = None,
    take_out: Annotated[
        float, typer.Option(help="take so large a share of the corpus's concepts out of the KB: is NIL told?", max=1)
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="with --take-out: which ones")] = 0,
    threshold: Annotated[float | None, typer.Option(help="least probability of a link", min=0, max=1)] = None,
    composites: Composites = False,
    format: Format = None,  # noqa: A002 the name of the option
    limit: Annotated[int | None, typer.Option(help="read only the first N articles", min=1)] = None,
    precision: Precision = "float32",
    exact_match: ExactMatch = None,
    beam_margin: BeamMargin = None,
    generator_only: Annotated[
        bool, typer.Option("--generator-only", help="rank by the generator alone, whatever else speaks for a concept")
    ] = False,
) -> None:
    """Measure how well mentions are linked, on the corpus's own mentions unless --predict.

    The generator computes in float32 unless told otherwise, whatever the pipeline says: so the figures are the same on
    every machine.
    """
    import srsly

    from ..component.loading import ready_pipeline
    from ..corpora.formats import read_articles
    from ..evaluation.document import check_format, write_report
    from ..evaluation.protocols import protocol_called
    from ..evaluation.report import evaluation_report
    from ..evaluation.run import evaluate_gold, evaluate_predicted
    from ..evaluation.take_out import without_share

    if predict and (errors or protocol or take_out):
        raise ConfigError("--errors, --protocol and --take-out are about gold mentions: leave --predict out.")
    if report is not None:
        check_format(report)
    rules = protocol_called(protocol or ("angel" if aliases else "belb"))
    problems = Problems()
    articles = list(islice(read_articles(check_input(corpus), format, problems), limit))
    nlp, linker = ready_pipeline(
        pipeline,
        kb,
        precision=precision,
        exact_match=exact_match,
        beam_margin=beam_margin,
        composites=composites or None,
    )
    if generator_only:
        linker.settings = replace(linker.settings, combine=None)
    if take_out:
        replace_kb(linker, without_share(linker.kb, articles, take_out, seed=seed))
    seen = _add_aliases(linker, aliases or [], as_names=rules.aliases or protocol is None)
    if threshold is not None:
        linker.threshold = threshold
    if not any(mention.concept_ids for article in articles for mention in article.mentions):
        warn(f"{corpus}: no mention carries a concept id, so nothing can be judged; give annotated articles.")
    result = evaluate_predicted(nlp, articles) if predict else evaluate_gold(nlp, articles, seen=seen, protocol=rules)
    made_by = {
        "pipeline": f"{pipeline} ({nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']})",
        "kb": {**asdict(linker.kb.provenance), "concepts": len(linker.kb), "names": linker.kb.n_names},
        "aliases": [str(path) for path in aliases or []],
        "corpus": str(corpus),
        "articles": len(articles),
        "bad_records": problems.n,
        "mentions": "predicted" if predict else "gold",
        "threshold": linker.threshold,
        "taken out of the KB": take_out,
        "mode": _mode(linker),
        "readings": READINGS,
    }
    (show_predicted if predict else show_gold)(result)
    show_protocol(made_by)
    shown: list[Answer] = []
    if errors:
        result["errors"], shown = _errors(nlp, linker, articles, examples, tree)
    if report is not None:
        write_report(evaluation_report(result, protocol_in_words(made_by), shown), report)
        good(f"Written to {report}")
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        srsly.write_json(output, {**result, "protocol": made_by})
        good(f"Written to {output}")


def _errors(
    nlp: "Language", linker: "AngelLinker", articles: "Sequence[Article]", n_examples: int, tree: Path | None
) -> "tuple[dict[str, Any], list[Answer]]":
    """Shows where links go wrong; the figures with all that is wrong, and some examples."""
    from ..evaluation import errors
    from ..kb import KnowledgeBase

    every = list(errors.answers(nlp, linker, articles, KnowledgeBase.from_disk(tree) if tree else None))
    kinds, wrong, shown = errors.summary(every), errors.errors(every), errors.examples(every, n_examples)
    show_errors(kinds, wrong, shown)
    return {"kinds": kinds, "errors": wrong, "wrong": [asdict(one) for one in every if one.error]}, shown


def _add_aliases(linker: "AngelLinker", corpora: list[Path], *, as_names: bool) -> "KnowledgeBase":
    """The KB that knows what the corpora show; the linker gets it where their mentions are to be names."""
    from ..corpora.aliases import mention_aliases
    from ..corpora.formats import read_articles

    articles = (one for path in corpora for one in read_articles(check_input(path), on_error=Problems()))
    kb = linker.kb.with_aliases(mention_aliases(articles)) if corpora else linker.kb
    if corpora and as_names:
        replace_kb(linker, kb)
    return kb


def replace_kb(linker: "AngelLinker", kb: "KnowledgeBase") -> None:
    """Links to a variant of the same KB: threshold and weights stay."""
    linker.set_kb(kb, calibrated_threshold=linker.threshold, weights=linker.weights)


def _mode(linker: "AngelLinker") -> dict[str, Any]:
    """The settings on which figures depend."""
    settings = linker.settings
    return {
        "precision": linker.precision,
        "beam_width": settings.beam_width,
        "beam_margin": settings.beam_margin,
        "exact_match": settings.exact_match,
        "combine": settings.combine,
    }
