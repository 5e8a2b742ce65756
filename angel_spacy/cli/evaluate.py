"""`angel evaluate`: how good the links are on an annotated corpus."""

from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError
from .errors import Problems, check_input, fails_in_one_line
from .evaluation_tables import show_errors, show_gold, show_predicted, show_protocol
from .messages import good, warn
from .options import ANNOTATED, BeamMargin, ExactMatch, Format, KnowledgeBaseFolder, PipelineArgument, Precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.language import Language

    from ..component.linker import AngelLinker
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
    errors: Annotated[bool, typer.Option("--errors", help="also show which mentions are linked wrong")] = False,
    examples: Annotated[int, typer.Option(help="with --errors: examples of each kind", min=0)] = 5,
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

    from ..corpora.formats import read_articles
    from ..evaluation.run import evaluate_gold, evaluate_predicted
    from .pipeline import ready_pipeline

    if errors and predict:
        raise ConfigError("--errors is about the corpus's own mentions: leave --predict out.")
    problems = Problems()
    articles = list(islice(read_articles(check_input(corpus), format, problems), limit))
    nlp, linker = ready_pipeline(pipeline, kb, precision=precision, exact_match=exact_match, beam_margin=beam_margin)
    if generator_only:
        linker.settings = replace(linker.settings, combine=None)
    _add_aliases(linker, aliases or [])
    if not any(mention.concept_ids for article in articles for mention in article.mentions):
        warn(f"{corpus}: no mention carries a concept id, so nothing can be judged; give annotated articles.")
    result = (evaluate_predicted if predict else evaluate_gold)(nlp, articles)
    protocol = {
        "pipeline": f"{pipeline} ({nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']})",
        "kb": {**asdict(linker.kb.provenance), "concepts": len(linker.kb), "names": linker.kb.n_names},
        "aliases": [str(path) for path in aliases or []],
        "corpus": str(corpus),
        "articles": len(articles),
        "bad_records": problems.n,
        "mentions": "predicted" if predict else "gold",
        "mode": _mode(linker),
        "readings": READINGS,
    }
    (show_predicted if predict else show_gold)(result)
    show_protocol(protocol)
    if errors:
        result["errors"] = _errors(nlp, linker, articles, examples)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        srsly.write_json(output, {**result, "protocol": protocol})
        good(f"Written to {output}")


def _errors(nlp: "Language", linker: "AngelLinker", articles: "Sequence[Article]", n_examples: int) -> dict[str, Any]:
    """Shows where links go wrong; the figures, and all that is wrong."""
    from ..evaluation.errors import answers, examples, summary

    every = list(answers(nlp, linker, articles))
    kinds = summary(every)
    show_errors(kinds, examples(every, n_examples))
    return {"kinds": kinds, "wrong": [asdict(one) for one in every if one.rank != 1]}


def _add_aliases(linker: "AngelLinker", corpora: list[Path]) -> None:
    from ..corpora.aliases import mention_aliases
    from ..corpora.formats import read_articles

    if corpora:
        articles = (one for path in corpora for one in read_articles(check_input(path), on_error=Problems()))
        kb = linker.kb.with_aliases(mention_aliases(articles))
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
