"""The figures of `angel evaluate` and `angel calibrate` as documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import plots
from .counts import FOUND
from .document import Block, Heading, Plot, Table, Text

if TYPE_CHECKING:
    from .errors import Answer

MEASURES = ("acc@1", "acc@1_strict", "acc@5", "mrr")


def evaluation_report(
    result: Mapping[str, Any], protocol: Mapping[str, str], wrong: Sequence[Answer] = ()
) -> Iterator[Block]:
    """What `angel evaluate` found, with `wrong` answers as examples."""
    yield Heading("How good the links are", 1)
    if "protocol_accuracy" in result:
        low, high = result["protocol_accuracy_ci95"]
        yield Text(
            f"{100 * result['protocol_accuracy']:.1f}% ({100 * low:.1f} to {100 * high:.1f}) of "
            f"{result['protocol_n']:,} mentions, protocol {result['protocol_name']}."
        )
    yield Table(("", ""), list(protocol.items()), words=True)
    yield Heading("Accuracy")
    every = {"all": result, **result.get("per_label", {})}
    yield Table(("%", "n", *MEASURES), [(name, f"{of['n']:,}", *_percent(of)) for name, of in every.items()])
    yield Heading("What training shows of a mention, and whether its words are a name", 3)
    parts = {**result.get("seen", {}), **result.get("named", {})}
    drawn = [plots.Bar(f"{name} ({of['n']:,})", of["acc@1"], of.get("acc@1_ci95", ())) for name, of in parts.items()]
    yield Plot([plots.bars(drawn)])
    rows = [(name, f"{of['n']:,}", *_percent(of)) for name, of in parts.items()]
    yield Table(("% of linkable", "n", *MEASURES), rows)
    if "reliability" in result:
        yield Heading("How sure, and how often right")
        yield Plot([_reliability({"": result["reliability"]}), _coverage({"": result["coverage"]})])
        yield Text(
            f"Expected calibration error {result['calibration_error']:.3f}, over ten bins. A dot's size is the number "
            "of links; on the dashed line a probability is a frequency. The second plot: of the links at or above a "
            "threshold those that are right, by the share of mentions that then get one."
        )
    if "nil" in result:
        cells = [f"{100 * result['nil'][key]:.1f}" for key in "prf"]
        yield Table(("% of NIL (the KB lacks the concept)", "P", "R", "F"), [("all", *cells)])
    yield from _found(result)
    yield from _errors(result.get("errors", {}), wrong)
    if per_type := result.get("per_type"):
        yield Heading("By type of concept")
        rows = [(name, f"{of['n']:,}", *_percent(of)) for name, of in per_type.items()]
        yield Table(("% of linkable", "n", *MEASURES), rows)


def calibration_report(told: Mapping[str, Any]) -> Iterator[Block]:
    """What `angel calibrate` found: for each corpus the curves before and after."""
    yield Heading("Calibration", 1)
    yield Text(f"Threshold {told['threshold']:g}, for {told['precision']:.0%} of the links to be right.")
    rows = []
    for name, of in told["corpora"].items():
        yield Heading(name)
        yield Text("Fitted on; each mention by the weights of other documents." if of["fitted"] else "Not fitted on.")
        yield Plot([_reliability(of["reliability"]), _coverage(of["coverage"])])
        errors = (f"{of['calibration_error'][when]:.3f}" for when in ("before", "after"))
        rows.append((name, f"{of['n']:,}", "yes" if of["fitted"] else "no", *errors))
    yield Heading("Expected calibration error")
    yield Table(("corpus", "n", "fitted on", "before", "after"), rows)


def _found(result: Mapping[str, Any]) -> Iterator[Block]:
    if found := result.get("found"):
        yield Heading("Mentions and concepts that were found")
        rows = [
            (f"{counted.replace('_', ' ')}, {label}", *(f"{100 * of[key]:.1f}" for key in "prf"))
            for counted in ("mentions", "document_concepts")
            for label, of in result[counted].items()
        ]
        yield Table(("%", "P", "R", "F"), rows)
        yield Table(("gold mentions", "n"), [(f"{kind}: {FOUND[kind]}", f"{n:,}") for kind, n in found.items()])


def _errors(errors: Mapping[str, Any], wrong: Sequence[Answer]) -> Iterator[Block]:
    from .errors import ERRORS, KINDS

    if not errors:
        return
    yield Heading("Where links go wrong")
    yield Table(
        ("wrong answers (strict)", "n"), [(f"{kind}: {ERRORS[kind]}", f"{n:,}") for kind, n in errors["errors"].items()]
    )
    rows = [(f"{kind}: {KINDS[kind]}", *(f"{n:,}" for n in of.values())) for kind, of in errors["kinds"].items()]
    yield Table(("gold mentions whose words ...", "n", "wrong", "right further down", "unseen"), rows)
    if wrong:
        examples = [(one.error, one.mention, one.answer, one.gold_name, one.document) for one in wrong]
        yield Table(("error", "mention", "answer", "gold", "document"), examples, words=True)


def _reliability(curves: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    most = max((of["n"] for curve in curves.values() for of in curve), default=1)
    drawn = [
        plots.Line(name, [(of["probability"], of["right"]) for of in curve], [of["n"] / most for of in curve])
        for name, curve in curves.items()
    ]
    return plots.lines(drawn, "probability", "share that is right", diagonal=True)


def _coverage(curves: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    points = {
        name: [(of["coverage"], of["precision"]) for of in curve if of["coverage"]] for name, curve in curves.items()
    }
    least = min((y for curve in points.values() for _, y in curve), default=0.0)
    drawn = [plots.Line(name, curve) for name, curve in points.items()]
    return plots.lines(drawn, "coverage", "precision", least_y=min(0.95, int(10 * least) / 10))


def _percent(table: Mapping[str, Any]) -> list[str]:
    cells = []
    for measure in MEASURES:
        cell = f"{100 * table[measure]:.1f}"
        if interval := table.get(f"{measure}_ci95"):
            cell += f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"
        cells.append(cell)
    return cells
