"""`angel compare`: pipelines and simpler ways, on the same mentions."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from wasabi import msg

from ..errors import ConfigError
from .errors import Problems, check_input, fails_in_one_line
from .messages import good
from .options import ANNOTATED, Format, Precision

if TYPE_CHECKING:
    from ..evaluation.baselines import Baseline
    from ..evaluation.compare import System
    from ..kb import KnowledgeBase
    from ..records import Article

BASELINES = {
    "exact": "the mention is a name",
    "tfidf": "nearest name by character 3-grams, all compared",
    "scispacy": "scispaCy's candidate generator; its index takes minutes",
    "vectors": "nearest name by a pretrained sentence encoder, --vectors FOLDER",
}


@fails_in_one_line
def compare(
    systems: Annotated[
        list[str],
        typer.Argument(
            metavar="SYSTEM...",
            help="pipelines (starter, a folder, an installed package), or "
            + ", ".join(f"{name} ({what})" for name, what in BASELINES.items())
            + "; BASELINE+PIPELINE, the pipeline chooses among what the baseline finds; the first is what others are "
            "compared with",
        ),
    ],
    corpus: Annotated[Path, typer.Option(help=f"annotated articles: {ANNOTATED}")],
    kb: Annotated[Path, typer.Option(help="the knowledge base that all link to (a folder that `kb build` wrote)")],
    train: Annotated[
        list[Path] | None, typer.Option(help="the corpus's training part: what is seen, and names where it says so")
    ] = None,
    protocol: Annotated[str, typer.Option(help="angel, belb or unseen: see docs/results.md")] = "angel",
    vectors: Annotated[Path | None, typer.Option(help="folder of a sentence encoder, as all-MiniLM-L6-v2's")] = None,
    show: Annotated[int, typer.Option(help="mentions that the first and another have differently, each", min=0)] = 10,
    output: Annotated[Path | None, typer.Option(help="JSON file for the figures, and all such mentions")] = None,
    format: Format = None,  # noqa: A002 the name of the option
    limit: Annotated[int | None, typer.Option(help="read only the first N articles", min=1)] = None,
    precision: Precision = "float32",
) -> None:
    """Link the gold mentions of a corpus in several ways, and tell which is better and how surely."""
    import srsly

    from ..corpora.aliases import mention_aliases
    from ..corpora.formats import read_articles
    from ..evaluation.compare import compared, differences
    from ..evaluation.protocols import protocol_called
    from ..kb import KnowledgeBase

    if len(set(systems)) < len(systems):
        raise ConfigError("A system is named twice: name each once.")
    rules, problems = protocol_called(protocol), Problems()
    articles = list(islice(read_articles(check_input(corpus), format, problems), limit))
    training = [one for path in train or [] for one in read_articles(check_input(path), on_error=problems)]
    plain = KnowledgeBase.from_disk(kb)
    seen = plain.with_aliases(mention_aliases(training)) if training else plain
    answered = partial(_answered, articles=articles, seen=seen, vectors=vectors, precision=precision)
    found: dict[str, System] = {}
    for name in systems:
        found[name] = answered(name, seen if rules.aliases else plain)
    table = compared(found, rules)
    _show(table)
    typer.echo(f"protocol {rules.name}: {rules.help}; {'strict' if rules.strict else 'lenient'}, linkable mentions")
    first, *others = systems
    apart = {name: list(differences(found[first], found[name], rules)) for name in others}
    for name, of in apart.items():
        typer.echo(
            f"\n{first} and {name} differ on {len(of):,} mentions, {first} is right on "
            f"{sum(one.first_is_right for one in of):,}"
        )
        for one in of[:show]:
            right, wrong = (one.first, one.other) if one.first_is_right else (one.other, one.first)
            who = first if one.first_is_right else name
            typer.echo(f"  {one.words!r} in {one.document}: {who} {right}; not {wrong}")
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        rows = {name: [asdict(one) for one in of] for name, of in apart.items()}
        told: dict[str, Any] = {"protocol": asdict(rules), "corpus": str(corpus), "kb": asdict(plain.provenance)}
        srsly.write_json(output, {"systems": table, "differences": rows, **told})
        good(f"Written to {output}")


def _answered(
    name: str,
    kb: "KnowledgeBase",
    *,
    articles: "Sequence[Article]",
    seen: "KnowledgeBase",
    vectors: Path | None,
    precision: str | None,
) -> "System":
    """The answers of a system that links to `kb`; what training shows is judged by `seen`."""
    from ..component.loading import ready_pipeline
    from ..evaluation.systems import by_baseline, by_pipeline, by_reranker

    if name in BASELINES:
        return by_baseline(_baseline(name, kb, vectors), articles, seen)
    baseline, plus, chooser = name.partition("+")
    if plus and baseline in BASELINES:
        found = by_baseline(_baseline(baseline, kb, vectors), articles, seen)
        nlp, linker = ready_pipeline(chooser, precision=precision)
        return by_reranker(nlp, linker, found, articles, kb, seen)
    nlp, linker = ready_pipeline(name, precision=precision)
    linker.set_kb(kb, weights=linker.weights)
    return by_pipeline(nlp, linker, articles, seen)


def _baseline(name: str, kb: "KnowledgeBase", vectors: Path | None) -> "Baseline":
    from ..evaluation.baselines import ExactNames, Scispacy, SentenceVectors, Tfidf

    if name == "vectors":
        if vectors is None:
            raise ConfigError("The system vectors needs --vectors FOLDER, a sentence encoder as all-MiniLM-L6-v2.")
        return SentenceVectors(kb, vectors)
    if name == "exact":
        return ExactNames(kb)
    return Tfidf(kb) if name == "tfidf" else Scispacy(kb)


def _show(table: dict[str, dict[str, Any]]) -> None:
    rows = []
    for name, row in table.items():
        cells = [name, f"{row['n']:,}", _percent(row["accuracy"], row["ci95"]), f"{row['ms_per_mention']:.1f}"]
        if "difference" in row:
            cells += [_percent(row["difference"], row["difference_ci95"], sign="+"), f"{row['p']:.4f}"]
        rows.append((*cells, "", "")[:6])
    header = ("system", "n", "accuracy %", "ms a mention", "difference", "p")
    msg.table(rows, header=header, divider=True, aligns=tuple("lrrrrr"), spacing=2)


def _percent(value: float, interval: Sequence[float], sign: str = "") -> str:
    low, high = interval
    return f"{100 * value:{sign}.1f} ({100 * low:{sign}.1f} to {100 * high:{sign}.1f})"
