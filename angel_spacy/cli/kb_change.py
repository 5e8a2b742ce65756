"""`angel kb merge`, `enrich`, `disambiguate`, `filter`, `diff`: knowledge bases from knowledge bases."""

from pathlib import Path
from typing import Annotated

import srsly
import typer

from ..kb import KnowledgeBase
from .errors import fails_in_one_line
from .messages import good, warn

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="a folder that `kb build` wrote")]
Folders = Annotated[list[Path], typer.Argument(metavar="DIR...", help="folders that `kb build` wrote")]
Output = Annotated[Path, typer.Option(help="the folder to write; a KB in it is replaced")]


@fails_in_one_line
def merge(
    folders: Folders,
    output: Output,
    report: Annotated[Path | None, typer.Option(help="a JSON file for what became one, and what could not")] = None,
) -> None:
    """Make one knowledge base of several: concepts that are the same thing become one.

    That is by a common id, by a cross-reference that goes one to one, or by names: more in common than with any other
    concept, the preferred one of either among them. The first folder's concepts keep their ids, written with a prefix.
    """
    from ..kb.merge import RULES, merged

    kbs = [KnowledgeBase.from_disk(folder) for folder in folders]
    kb, told = merged(kbs)
    if report:
        report.parent.mkdir(parents=True, exist_ok=True)
    kb.to_disk(output)
    n_before = sum(map(len, kbs))
    for rule in RULES:
        print(f"joined by {rule}: {sum(fold.rule == rule for fold in told.folds):,}")
    print(f"homonyms: {' + '.join(f'{_homonyms(one):,}' for one in kbs)} before, {_homonyms(kb):,} now")
    for conflict in told.conflicts[:10]:
        print(f"left apart: {conflict}")
    if told.n_conflicts > 10:
        print(f"left apart: {told.n_conflicts:,} in all" + ("" if report else "; --report FILE names them"))
    if report:
        folds = [{"id": one.concept_id, "into": one.into, "rule": one.rule} for one in told.folds]
        srsly.write_json(report, {"joined": folds, "left_apart": told.conflicts})
    good(f"{output}: {len(kb):,} concepts of {n_before:,}, {kb.n_names:,} names")


@fails_in_one_line
def enrich(
    folder: Folder,
    lexica: Annotated[list[Path], typer.Argument(metavar="LEXICON...", help="folders with the names of others")],
    output: Output,
) -> None:
    """Give the concepts the names that other vocabularies have for them.

    An entry belongs to the concept that has most of its names, where one alone has. Names that another concept has are
    left out.
    """
    from ..kb.enrich import enriched

    kb = KnowledgeBase.from_disk(folder)
    rich = enriched(kb, map(KnowledgeBase.from_disk, lexica))
    rich.to_disk(output)
    good(f"{output}: {rich.n_names:,} names, {rich.n_names - kb.n_names:,} names more than {folder}")


@fails_in_one_line
def disambiguate(
    folder: Folder,
    output: Output,
    taxonomy: Annotated[Path | None, typer.Option(help="a KB folder with the species of genes (ncbi-taxonomy)")] = None,
    instead: Annotated[
        bool, typer.Option("--instead", help="in the place of the shared names: for a model that is trained on these")
    ] = False,
) -> None:
    """Give the concepts that share a name one more each, with what tells them apart behind it: the species of a gene,
    the preferred name, a synonym, the id."""
    from ..kb.disambiguate import disambiguated

    kb = KnowledgeBase.from_disk(folder)
    apart = disambiguated(kb, KnowledgeBase.from_disk(taxonomy) if taxonomy else None, instead=instead)
    apart.to_disk(output)
    shared = f"names of several concepts {_homonyms(kb):,} -> {_homonyms(apart):,}"
    good(f"{output}: {apart.n_names:,} names, before {kb.n_names:,}; {shared}")


@fails_in_one_line
def filter_concepts(
    folder: Folder,
    output: Output,
    type_: Annotated[list[str] | None, typer.Option("--type", help="types that stay, * for anything; repeat")] = None,
    under: Annotated[list[str] | None, typer.Option(help="ids that stay with all below them; repeat")] = None,
    prefix: Annotated[list[str] | None, typer.Option(help="prefixes of the ids that stay; repeat")] = None,
    without: Annotated[list[str] | None, typer.Option(help="ids that go with all below them; repeat")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="languages of names that stay, as en; unknown ones stay; repeat")
    ] = None,
) -> None:
    """Keep a part of a knowledge base."""
    from ..kb.selection import filtered

    kb = KnowledgeBase.from_disk(folder)
    part = filtered(
        kb,
        types=type_ or (),
        under=under or (),
        prefixes=prefix or (),
        without=without or (),
        languages=language or (),
    )
    part.to_disk(output)
    good(f"{output}: {len(part):,} concepts of {len(kb):,}, {part.n_names:,} names")


@fails_in_one_line
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="a folder that `kb build` wrote")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="the folder of another version")],
    limit: Annotated[int, typer.Option(help="most lines of each sort", min=0)] = 10,
) -> None:
    """Show what changed from one version to the next."""
    from ..kb.diff import difference

    before, after = KnowledgeBase.from_disk(old), KnowledgeBase.from_disk(new)
    found = difference(before, after)
    sorts = {
        "added": [f"{one} {after[one].name}" for one in found.added],
        "removed": [f"{one} {before[one].name}" for one in found.removed],
        "merged": [f"{one} {before[one].name} -> {into}" for one, into in found.merged.items()],
        "split": [f"{one} {after[one].name} <- {of}" for one, of in found.split.items()],
        "renamed": [f"{one} {was} -> {is_now}" for one, (was, is_now) in found.renamed.items()],
        "names gained": [f"{one} + {name}" for one, name in found.names_gained],
        "names lost": [f"{one} - {name}" for one, name in found.names_lost],
        "otherwise changed": [f"{one} {', '.join(fields)}" for one, fields in found.changed.items()],
    }
    for sort, lines in sorts.items():
        print(f"{sort}: {len(lines):,}")
        for line in lines[:limit]:
            print(f"    {line}")
    if not any(sorts.values()):
        good("Nothing changed.")
    elif before.normaliser != after.normaliser:
        warn("The two normalise names differently: some names differ by that alone.")


def _homonyms(kb: KnowledgeBase) -> int:
    return int((kb.name_rows().lengths > 1).sum())
