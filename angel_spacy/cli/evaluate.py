"""`angel evaluate`: how good the links are on an annotated corpus."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from wasabi import msg

from .failing import Problems, check_input, fails_in_one_line
from .messages import good
from .options import BeamMargin, ExactMatch, Format, KnowledgeBaseFolder, Precision

if TYPE_CHECKING:
    from ..component.linker import AngelLinker

MEASURES = ("acc@1", "acc@1_strict", "acc@5", "mrr")
READINGS = (
    "Lenient, as published: a name of several concepts counts as all of them. Strict: only the one concept that was "
    "chosen counts. One id of a composite mention is enough in both."
)


@fails_in_one_line
def evaluate(
    pipeline: Annotated[
        str, typer.Argument(metavar="PIPELINE", help="starter, a pipeline folder, or an installed package")
    ],
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="annotated articles: PubTator or JSONL, gzip too")],
    kb: KnowledgeBaseFolder = None,
    aliases: Annotated[
        list[Path] | None,
        typer.Option(help="a corpus whose mentions become names of the KB; may be given several times"),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="JSON file for the figures")] = None,
    predict: Annotated[
        bool, typer.Option("--predict", help="judge the mentions that the pipeline finds itself")
    ] = False,
    format: Format = None,  # noqa: A002 the name of the option
    limit: Annotated[int | None, typer.Option(help="read only the first N articles", min=1)] = None,
    precision: Precision = "float32",
    exact_match: ExactMatch = None,
    beam_margin: BeamMargin = None,
) -> None:
    """Measure how well mentions are linked, on the corpus's own mentions unless --predict.

    The generator computes in float32 unless told otherwise, whatever the pipeline says: so the figures are the same on
    every machine.
    """
    import srsly

    from ..corpora.formats import read_articles
    from ..evaluation.run import evaluate_gold, evaluate_predicted
    from .ready import ready_pipeline

    problems = Problems()
    articles = list(islice(read_articles(check_input(corpus), format, problems), limit))
    nlp, linker = ready_pipeline(pipeline, kb, precision=precision, exact_match=exact_match, beam_margin=beam_margin)
    _add_aliases(linker, aliases or [])
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
    (_show_predicted if predict else _show_gold)(result)
    _show_protocol(protocol)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        srsly.write_json(output, {**result, "protocol": protocol})
        good(f"Written to {output}")


def _add_aliases(linker: "AngelLinker", corpora: list[Path]) -> None:
    from ..corpora.formats import read_articles
    from ..evaluation.run import with_aliases

    if corpora:
        kb = with_aliases(linker.kb, [read_articles(check_input(path), on_error=Problems()) for path in corpora])
        linker.set_kb(kb, calibrated_threshold=linker.threshold)


def _mode(linker: "AngelLinker") -> dict[str, Any]:
    """The settings on which figures depend."""
    settings = linker.settings
    return {
        "precision": linker.precision,
        "beam_width": settings.beam_width,
        "beam_margin": settings.beam_margin,
        "exact_match": settings.exact_match,
    }


def _show_gold(result: dict[str, Any]) -> None:
    tables = {"all": result, **result["per_label"]}
    rows = [
        (label, f"{table['n']:,}", *_percent(table), f"{table['n_linkable']:,}", *_percent(table, "_linkable"))
        for label, table in tables.items()
    ]
    header = ("%", "n", *MEASURES, "linkable", *MEASURES)
    msg.table(rows, header=header, divider=True, aligns=("l", *"r" * (len(header) - 1)), spacing=2)
    low, high = result["acc@1_ci95"]
    typer.echo(f"acc@1 95% interval {100 * low:.1f} to {100 * high:.1f}; {result['mentions/s']:.1f} mentions/s")
    if "n_unseen" in result:
        low, high = result["acc@1_unseen_ci95"]
        typer.echo(
            f"concepts without a training mention: acc@1 {100 * result['acc@1_unseen']:.1f} "
            f"({100 * low:.1f} to {100 * high:.1f}), {result['n_unseen']:,} linkable mentions"
        )


def _percent(table: dict[str, Any], suffix: str = "") -> list[str]:
    return [f"{100 * table[measure + suffix]:.1f}" for measure in MEASURES]


def _show_predicted(result: dict[str, Any]) -> None:
    rows = [
        (counted.replace("_", " "), label, *(f"{100 * table[key]:.1f}" for key in "prf"))
        for counted in ("mentions", "document_concepts")
        for label, table in _telling(result[counted]).items()
    ]
    msg.table(rows, header=("%", "label", "P", "R", "F"), divider=True, aligns=tuple("llrrr"), spacing=2)
    typer.echo(f"{result['n']:,} gold mentions, {result['n_predicted']:,} found; {result['mentions/s']:.1f} mentions/s")


def _telling(tables: dict[str, Any]) -> dict[str, Any]:
    """Without the rows of labels where not one agrees: corpus and pipeline name their labels differently then."""
    agree = any(table["f"] for label, table in tables.items() if label != "all")
    return {label: table for label, table in tables.items() if agree or label == "all"}


def _show_protocol(protocol: dict[str, Any]) -> None:
    kb, mode = (_in_words(protocol[key]) for key in ("kb", "mode"))
    shown = {**protocol, "kb": kb, "mode": mode, "aliases": ", ".join(protocol["aliases"]) or "none"}
    for key, value in shown.items():
        typer.echo(f"{key.replace('_', ' ')}: {value}")


def _in_words(values: dict[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in values.items() if value not in ("", None))
