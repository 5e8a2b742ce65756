r"""Checks written names against a knowledge base: every id is known, no name is that of another concept, none twice.

    python scripts/check_names.py configs/names/diseases.tsv configs/names/chemicals.tsv --kb kb/merged --kb kb/names

A line is `id`, heading and names, with tabs between and `|` between names. With `--write`, names at fault are left out
of the files. The exit status is 1 where there is a fault.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from angel_spacy.files import whole
from angel_spacy.kb import KnowledgeBase


@dataclass(frozen=True)
class Entry:
    """The names written for a concept."""

    concept_id: str
    heading: str
    names: tuple[str, ...]


def read(path: Path) -> list[Entry]:
    """The entries of a file. Raises ValueError for a line that is none."""
    lines = path.read_text(encoding="utf8").splitlines()
    parts = [line.split("\t") for line in lines]
    if wrong := [number for number, part in enumerate(parts, 1) if len(part) != 3]:
        raise ValueError(f"{path}, line {wrong[0]}: not an id, a heading and names with tabs between them")
    return [Entry(concept_id, heading, tuple(names.split("|"))) for concept_id, heading, names in parts]


def faults(entries: Sequence[Entry], kbs: Sequence[KnowledgeBase]) -> Iterator[tuple[Entry, str, str]]:
    """(entry, name, what is wrong with it); no name where it is the id."""
    normalise = kbs[0].normalise
    written = Counter(name for entry in entries for name in {normalise(name) for name in entry.names})
    for entry in entries:
        if not any(kb.resolve(entry.concept_id) is not None for kb in kbs):
            yield entry, "", "the id is in no knowledge base"
        own: set[str] = set()
        for name in entry.names:
            if other := next(_owners(name, entry.concept_id, kbs), ""):
                yield entry, name, f"a name of {other}"
            elif written[normalise(name)] > 1:
                yield entry, name, "written for two concepts"
            elif not normalise(name) or normalise(name) in own:
                yield entry, name, "nothing, or written twice"
            own.add(normalise(name))


def _owners(name: str, concept_id: str, kbs: Iterable[KnowledgeBase]) -> Iterator[str]:
    """Other concepts that have the name, in KBs that know the one it was written for."""
    for kb in kbs:
        row = kb.resolve(concept_id)
        if row is not None and row not in (rows := kb.rows_of(name)):
            yield from (kb.concept(other).concept_id for other in rows)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--kb", type=Path, action="append", required=True, help="KB folder; may be repeated")
    parser.add_argument("--write", action="store_true", help="leave out the names at fault")
    options = parser.parse_args()
    files = {path: read(path) for path in options.files}
    entries = [entry for own in files.values() for entry in own]
    found = list(faults(entries, [KnowledgeBase.from_disk(kb) for kb in options.kb]))
    for entry, name, fault in found:
        print(f"{entry.concept_id} {entry.heading}: {name!r}: {fault}")
    print(f"{sum(len(entry.names) for entry in entries):,} names of {len(entries):,} concepts, {len(found)} faults")
    if options.write:
        wrong = {(entry.concept_id, name) for entry, name, _ in found}
        for path, own in files.items():
            _write(path, own, wrong)
    return bool(found) and not options.write


def _write(path: Path, entries: Iterable[Entry], wrong: set[tuple[str, str]]) -> None:
    with whole(path) as fresh, fresh.open("w", encoding="utf8") as file:
        for entry in entries:
            names = [name for name in entry.names if (entry.concept_id, name) not in wrong]
            if names and (entry.concept_id, "") not in wrong:
                file.write(f"{entry.concept_id}\t{entry.heading}\t{'|'.join(names)}\n")


if __name__ == "__main__":
    sys.exit(main())
