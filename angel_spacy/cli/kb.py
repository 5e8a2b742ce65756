"""`angel kb`: build knowledge bases and look into them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from wasabi import msg

from ..errors import KnowledgeBaseError
from .errors import fails_in_one_line
from .messages import good, warn

if TYPE_CHECKING:
    from ..kb import Concept

kb_app = typer.Typer(name="kb", help="Build a knowledge base, or look into one.", no_args_is_help=True)
KIND_HELP = (
    "angel (target_kb.json), ctd (CTD diseases TSV), jsonl, medic (MEDIC text), mesh-tsv (MeSH descriptors), "
    "ssslm (name lexicon)"
)
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="a folder that `kb build` wrote")]


@kb_app.command("build", no_args_is_help=True)
@fails_in_one_line
def build(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=KIND_HELP)],
    source: Annotated[Path, typer.Argument(metavar="IN", help="the source file, gzip too")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="the folder to write; a KB in it is replaced")],
    version: Annotated[str, typer.Option(help="version of the source, kept as provenance")] = "",
    date: Annotated[str, typer.Option(help="date of the source, kept as provenance")] = "",
    licence: Annotated[str, typer.Option(help="licence of the source, kept as provenance")] = "",
) -> None:
    """Build a knowledge base folder from a source file."""
    from ..kb import read_kb

    kb = read_kb(kind, source, version=version, date=date, licence=licence, watch=_watched)
    if not len(kb):
        raise KnowledgeBaseError(f"{source}: no concept was found; check the file, and whether it is of kind {kind}.")
    kb.to_disk(target)
    good(f"{target}: {len(kb):,} concepts, {kb.n_names:,} names")


def _watched(concepts: "Iterator[Concept]") -> "Iterator[Concept]":
    """The concepts, counted on stderr where that is a terminal."""
    from .progress import progress

    return progress(concepts, unit="concept") if sys.stderr.isatty() else concepts


@kb_app.command("info", no_args_is_help=True)
@fails_in_one_line
def info(folder: Folder) -> None:
    """Show how large a knowledge base is and where it comes from."""
    from dataclasses import asdict

    from ..kb import KnowledgeBase

    kb = KnowledgeBase.from_disk(folder)
    rows = {"concepts": f"{len(kb):,}", "names": f"{kb.n_names:,}", "normaliser": kb.normaliser}
    msg.table({**rows, **{field: value or "-" for field, value in asdict(kb.provenance).items()}}, max_col=100)


@kb_app.command("search", no_args_is_help=True)
@fails_in_one_line
def search(
    folder: Folder,
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="how the name begins; capitals do not matter")],
    limit: Annotated[int, typer.Option(help="most names to show", min=1)] = 20,
) -> None:
    """List the names that begin with PREFIX and the concepts they mean."""
    from ..kb import KnowledgeBase, get_normaliser

    kb = KnowledgeBase.from_disk(folder)
    nothing_left = prefix and not get_normaliser(kb.normaliser)(prefix)  # every name begins with nothing
    names = [] if nothing_left else kb.search(prefix, limit)
    found = [(name, kb.concept(row)) for name, rows in names for row in rows]
    if not found:
        warn(f"No name begins with {prefix!r}.")
        return
    rows = [(name, concept.concept_id, concept.name) for name, concept in found]
    msg.table(rows, header=("name", "concept", "preferred name"), divider=True, max_col=60)
