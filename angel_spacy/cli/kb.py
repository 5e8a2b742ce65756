"""`angel kb`: build knowledge bases and look into them."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from inspect import signature
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from ..arrays.checksums import CHECKSUMS, changed_files
from ..errors import KnowledgeBaseError
from ..kb import Concept, KnowledgeBase, Source, read_kb
from ..kb.normalise import DEFAULT_NORMALISER
from ..kb.readers import Skipped, known_formats, looks_like
from ..kb.storage import META
from .errors import fails_in_one_line
from .kb_change import Folder, diff, disambiguate, enrich, filter_concepts, merge
from .kb_get import get, list_vocabularies
from .messages import good, warn

kb_app = typer.Typer(name="kb", help="Build a knowledge base, or look into one.", no_args_is_help=True)
_MUCH = 0.15  # of the names of an English vocabulary nowhere near so many have other letters
KIND_HELP = ", ".join(f"{kind.name} ({kind.help})" for kind in known_formats().values())


@kb_app.command("build", no_args_is_help=True)
@fails_in_one_line
def build(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=KIND_HELP)],
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[IN...] OUT",
            help="the source, files (gzip too) or folders, none for a vocabulary inside a package; then the folder to "
            "write; a KB in it is replaced",
        ),
    ],
    version: Annotated[str, typer.Option(help="version of the source, kept as provenance")] = "",
    date: Annotated[str, typer.Option(help="date of the source, kept as provenance")] = "",
    licence: Annotated[str, typer.Option(help="licence of the source, kept as provenance")] = "",
    prefix: Annotated[
        list[str] | None, typer.Option(help="what the source's ids go without, as ncbigene for 672; again for more")
    ] = None,
    normaliser: Annotated[
        str, typer.Option(help="how names are cleaned; angel_spacy.normalise.v1 for the published ANGEL checkpoints")
    ] = DEFAULT_NORMALISER,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="an option of this kind of source; again for more")
    ] = None,
) -> None:
    """Build a knowledge base folder from a source."""
    *given, target = paths
    source = Source(*given)
    kb = read_kb(
        kind,
        source,
        prefixes=prefix or (),
        version=version,
        date=date,
        licence=licence,
        watch=_watched,
        normaliser=normaliser,
        **_options(option or ()),
    )
    _tell_skipped(source.skipped)
    if not len(kb):
        where = ", ".join(map(str, given)) or kind
        hint = looks_like(source, kind)
        raise KnowledgeBaseError(f"{where}: no concept was found; check whether it is a file of kind {kind}.{hint}")
    kb.to_disk(target)
    if (share := _other_letters(kb)) > _MUCH:
        warn(f"{share:.0%} of the names have letters that are not English: the shipped generator reads English.")
    version = f", version {kb.provenance.version}" if kb.provenance.version else ""
    good(f"{target}: {len(kb):,} concepts, {kb.n_names:,} names{version}")


def _other_letters(kb: KnowledgeBase) -> float:
    """Share of the preferred names with a letter beyond ASCII, of as many as tell."""
    some = [concept.name for concept in islice(kb.concepts, 0, None, max(1, len(kb) // 2000))]
    return sum(any(sign.isalpha() and not sign.isascii() for sign in name) for name in some) / max(len(some), 1)


def _tell_skipped(skipped: Skipped) -> None:
    """What was left out: how much for each reason, and the first of each."""
    for reason, n in skipped.counts.most_common():
        print(f"left out: {n:,} {reason}", file=sys.stderr)
        for place in skipped.places[reason]:
            print(f"    {place}", file=sys.stderr)


def _options(given: Iterable[str]) -> dict[str, str]:
    options = {}
    for text in given:
        name, equals, options[name] = text.partition("=")
        if not equals or name in signature(read_kb).parameters:
            raise KnowledgeBaseError(f"--option {text}: write NAME=VALUE, with a name that this kind of source has.")
    return options


def _watched(concepts: Iterator[Concept]) -> Iterator[Concept]:
    """The concepts, counted on stderr where that is a terminal."""
    from .progress import progress

    return progress(concepts, unit="concept") if sys.stderr.isatty() else concepts


kb_app.command("list")(list_vocabularies)
kb_app.command("get", no_args_is_help=True)(get)
kb_app.command("merge", no_args_is_help=True)(merge)
kb_app.command("enrich", no_args_is_help=True)(enrich)
kb_app.command("disambiguate", no_args_is_help=True)(disambiguate)
kb_app.command("filter", no_args_is_help=True)(filter_concepts)
kb_app.command("diff", no_args_is_help=True)(diff)


@kb_app.command("info", no_args_is_help=True)
@fails_in_one_line
def info(folder: Folder) -> None:
    """Show how large a knowledge base is and where it comes from."""
    kb = KnowledgeBase.from_disk(folder)
    rows = {"concepts": f"{len(kb):,}", "names": f"{kb.n_names:,}", "normaliser": kb.normaliser}
    rows["ids may go without"] = ", ".join(sorted(kb.prefixes)) or "-"
    rows["languages"] = ", ".join(sorted({tag for tags in kb.packed().labels.languages for tag in tags.split()})) or "-"
    msg.table({**rows, **{field: value or "-" for field, value in asdict(kb.provenance).items()}}, max_col=100)


@kb_app.command("check", no_args_is_help=True)
@fails_in_one_line
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a knowledge base, or a pipeline that holds one")],
) -> None:
    """Compare every byte of a stored knowledge base with its checksum, and tell what is odd in it."""
    from ..kb.findings import findings

    lists = sorted(folder.rglob(CHECKSUMS))
    if not lists:
        raise KnowledgeBaseError(f"{folder} holds no list of checksums; name a folder that `kb build` wrote.")
    if changed := [path.parent / name for path in lists for name in changed_files(path.parent)]:
        raise KnowledgeBaseError(f"{changed[0]} is not the file that was written; fetch or build its folder again.")
    for path in lists:
        if (path.parent / META).is_file():
            for finding in findings(KnowledgeBase.from_disk(path.parent)):
                print(f"{path.parent}: {finding.n:,} {finding.what}")
                for example in finding.examples:
                    print(f"    {example}")
    good(f"{folder}: the knowledge bases and tries in it are as they were written")


@kb_app.command("search", no_args_is_help=True)
@fails_in_one_line
def search(
    folder: Folder,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="how the name begins; capitals do not matter")],
    limit: Annotated[int, typer.Option(help="most names to show", min=1)] = 20,
    fuzzy: Annotated[bool, typer.Option("--fuzzy", help="names that look like TEXT, the most similar first")] = False,
) -> None:
    """List the names that begin with TEXT, or look like it, and the concepts they mean."""
    kb = KnowledgeBase.from_disk(folder)
    names = _alike(kb, text, limit) if fuzzy else _beginning(kb, text, limit)
    found = [(name, kb.concept(row)) for name in names for row in kb.rows_of(name)]
    if not found:
        warn(f"No name {'looks like' if fuzzy else 'begins with'} {text!r}.")
        return
    rows = [(name, concept.concept_id, concept.name) for name, concept in found]
    msg.table(rows, header=("name", "concept", "preferred name"), divider=True, max_col=60)


def _beginning(kb: KnowledgeBase, text: str, limit: int) -> list[str]:
    if text and not kb.normalise(text):  # every name begins with nothing
        return []
    return [name for name, _ in kb.search(text, limit)]


def _alike(kb: KnowledgeBase, text: str, limit: int) -> list[str]:
    from ..candidates.lexical import Neighbours

    query = kb.normalise(text)
    exact = [query] if kb.rows_of(text) else []
    (found,) = Neighbours([[name] for name in kb.names()]).nearest([query], limit, apart_from=[()])
    return list(dict.fromkeys([*exact, *found]))[:limit]
