"""The figures of `angel evaluate` on the terminal."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer
from wasabi import msg

if TYPE_CHECKING:
    from ..evaluation.errors import Answer

MEASURES = ("acc@1", "acc@1_strict", "acc@5", "mrr")


def show_gold(result: dict[str, Any]) -> None:
    """Accuracy and ranks, for all mentions and by label."""
    tables = {"all": result, **result["per_label"]}
    rows = [
        (label, f"{table['n']:,}", *_percent(table), f"{table['n_linkable']:,}", *_percent(table, "_linkable"))
        for label, table in tables.items()
    ]
    header = ("%", "n", *MEASURES, "linkable", *MEASURES)
    msg.table(rows, header=header, divider=True, aligns=("l", *"r" * (len(header) - 1)), spacing=2)
    low, high = result["acc@1_ci95"]
    typer.echo(f"acc@1 95% interval {100 * low:.1f} to {100 * high:.1f}; {result['mentions/s']:.1f} mentions/s")
    low, high = result["protocol_accuracy_ci95"]
    typer.echo(
        f"protocol {result['protocol_name']}: {100 * result['protocol_accuracy']:.1f}% ({100 * low:.1f} to "
        f"{100 * high:.1f}) of {result['protocol_n']:,}"
    )
    nil = ", ".join(f"{key.upper()} {100 * result['nil'][key]:.1f}" for key in "prf")
    typer.echo(f"NIL, where the KB lacks the concept: {nil}; calibration error {result['calibration_error']:.3f}")
    if lists := result.get("lists"):
        of_ids = ", ".join(f"{key.upper()} {100 * lists[key]:.1f}" for key in "prf")
        typer.echo(
            f"{lists['n']:,} mentions of several concepts: {of_ids} of their ids, {lists['exact']:,} have all and no "
            f"other; {lists['split']:,} of one concept got several"
        )
    parts = {**result.get("seen", {}), **result["named"]}
    lines = [[name, f"{of['n']:,}", *(_with_interval(one, of) for one in MEASURES)] for name, of in parts.items()]
    lines += [[words, f"{result[name]['n']:,}", *_percent(result[name])] for name, words in _MACRO.items()]
    columns = ("% of linkable", "n", *MEASURES)
    msg.table(lines, header=columns, divider=True, aligns=("l", *"r" * (len(columns) - 1)), spacing=2)


_MACRO = {"unique": "mean over distinct mentions", "per_document": "mean over documents"}


def _with_interval(measure: str, table: dict[str, Any]) -> str:
    shown = f"{100 * table[measure]:.1f}"
    if interval := table.get(f"{measure}_ci95"):
        shown += f" ({100 * interval[0]:.1f}-{100 * interval[1]:.1f})"
    return shown


def _percent(table: dict[str, Any], suffix: str = "") -> list[str]:
    return [f"{100 * table[measure + suffix]:.1f}" for measure in MEASURES]


def show_predicted(result: dict[str, Any]) -> None:
    """Precision, recall and F of mentions and of the concepts of a document; what becomes of gold mentions."""
    from ..evaluation.counts import FOUND

    rows = [
        (counted.replace("_", " "), label, *(f"{100 * table[key]:.1f}" for key in "prf"))
        for counted in ("mentions", "document_concepts")
        for label, table in _telling(result[counted]).items()
    ]
    msg.table(rows, header=("%", "label", "P", "R", "F"), divider=True, aligns=tuple("llrrr"), spacing=2)
    typer.echo(f"{result['n']:,} gold mentions, {result['n_predicted']:,} found; {result['mentions/s']:.1f} mentions/s")
    found = [(f"{kind}: {FOUND[kind]}", f"{n:,}") for kind, n in result["found"].items()]
    msg.table(found, header=("gold mentions", "n"), divider=True, aligns=("l", "r"), spacing=2, max_col=80)


def _telling(tables: dict[str, Any]) -> dict[str, Any]:
    """Without the rows of labels where not one agrees: corpus and pipeline name their labels differently then."""
    agree = any(table["f"] for label, table in tables.items() if label != "all")
    return {label: table for label, table in tables.items() if agree or label == "all"}


def show_protocol(protocol: dict[str, Any]) -> None:
    """What the figures are of."""
    for key, value in protocol_in_words(protocol).items():
        typer.echo(f"{key}: {value}")


def protocol_in_words(protocol: dict[str, Any]) -> dict[str, str]:
    """What the figures are of, in one line each."""
    kb, mode = (_in_words(protocol[key]) for key in ("kb", "mode"))
    shown = {**protocol, "kb": kb, "mode": mode, "aliases": ", ".join(protocol["aliases"]) or "none"}
    return {key.replace("_", " "): str(value) for key, value in shown.items()}


def _in_words(values: dict[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in values.items() if value not in ("", None))


def show_errors(kinds: Mapping[str, Mapping[str, int]], wrong: Mapping[str, int], examples: Iterable["Answer"]) -> None:
    """Mentions by how their words relate to the KB, wrong answers by what is wrong, and some of them."""
    from ..evaluation.errors import ERRORS, KINDS

    rows = [(f"{kind}: {KINDS[kind]}", *(f"{n:,}" for n in counts.values())) for kind, counts in kinds.items()]
    header = ("gold mentions", "n", "wrong", "right below", "unseen")
    msg.table(rows, header=header, divider=True, aligns=tuple("lrrrr"), spacing=2, max_col=80)
    typer.echo(
        "of the wrong ones, right below: a right concept is a further candidate; "
        "unseen: no training mention names the concept"
    )
    lines = [(f"{error}: {ERRORS[error]}", f"{n:,}") for error, n in wrong.items()]
    msg.table(lines, header=("wrong answers (strict)", "n"), divider=True, aligns=("l", "r"), spacing=2, max_col=80)
    for one in examples:
        typer.echo(f"{one.error}: {one.mention!r} -> {one.answer!r}, gold {one.gold_name!r}")
