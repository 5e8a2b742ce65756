"""Names that tell apart the concepts of one name: "tp53 human" and "tp53 mouse" (BELHD, Garda and Leser 2024)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .concept import Concept
from .identifiers import fold_id
from .knowledge_base import KnowledgeBase

SPECIES = {
    "9606": "human",
    "10090": "mouse",
    "10116": "rat",
    "9913": "bovine",
    "9823": "pig",
    "9031": "chicken",
    "7955": "zebrafish",
    "8355": "xenopus",
    "7227": "drosophila",
    "6239": "nematode",
    "559292": "yeast",
    "4932": "yeast",
    "3702": "arabidopsis",
    "562": "e coli",
}
"""Species that are called otherwise than by their scientific name, by their number in NCBI's taxonomy."""


def disambiguated(kb: KnowledgeBase, taxonomy: KnowledgeBase | None = None, *, instead: bool = False) -> KnowledgeBase:
    """A copy in which every concept of a shared name has one more: that name with the first of these behind it that no
    other concept of the name has: its species (from its parents, by SPECIES or `taxonomy`), its preferred name, a
    synonym, its id.

    `instead`: the shared names themselves go, so that a generator can write nothing that means several concepts; it
    has to be trained on such names. Counts of training mentions stay with the names that stay.
    """
    shared = {name: rows for name in kb.names() if len(rows := kb.rows_of(name)) > 1}
    more: dict[int, dict[str, str]] = {}  # row -> shared name -> what takes its place
    taken: dict[str, int] = {}  # "a" + "b c" and "a b" + "c" are one
    for name, rows in shared.items():
        for row, words in _apart(kb, name, rows, taxonomy, taken).items():
            more.setdefault(row, {})[name] = words
    concepts = (_renamed(kb, one, more.get(row, {}), instead) for row, one in enumerate(kb.concepts))
    seen, prefixes = kb.seen, kb.prefixes
    return KnowledgeBase(concepts, normaliser=kb.normaliser, provenance=kb.provenance, seen=seen, prefixes=prefixes)


def _apart(
    kb: KnowledgeBase, name: str, rows: Sequence[int], taxonomy: KnowledgeBase | None, taken: dict[str, int]
) -> dict[int, str]:
    """Row -> the name that is its own; `taken` learns of it."""
    told = [list(_qualifiers(kb.concept(row), taxonomy)) for row in rows]
    spelled = [[kb.normalise(f"{name} {one}") if kb.normalise(one) != name else "" for one in of] for of in told]
    done = {row: words for row, of in zip(rows, spelled, strict=True) for words in of if kb.rows_of(words) == (row,)}
    left = [row for row in rows if row not in done]
    found = dict(done)
    for qualified in zip(*spelled, strict=True):
        words = dict(zip(rows, qualified, strict=True))
        for row in left:
            alone = sum(other == words[row] for other in words.values()) == 1
            owners = {*kb.rows_of(words[row]), taken.get(words[row], row)}
            if words[row] and words[row] != name and alone and owners <= {row}:
                found[row] = words[row]
                taken[words[row]] = row
        left = [row for row in left if row not in found]
    return found


def _qualifiers(concept: Concept, taxonomy: KnowledgeBase | None) -> Iterator[str]:
    """As many for every concept: "" where there is none."""
    yield _species(concept, taxonomy)
    yield concept.name
    yield next(iter(concept.synonyms), "")
    yield concept.concept_id


def _species(concept: Concept, taxonomy: KnowledgeBase | None) -> str:
    for parent in concept.parents:
        number = fold_id(parent).removeprefix("NCBITAXON:")
        if number in SPECIES and number != fold_id(parent):
            return SPECIES[number]
        row = taxonomy.resolve(number) if taxonomy is not None else None
        if taxonomy is not None and row is not None:
            return taxonomy.concept(row).name
    return ""


def _renamed(kb: KnowledgeBase, concept: Concept, own: Mapping[str, str], instead: bool) -> Concept:
    names = list(concept.languages_of_names())
    if not instead:
        known = set(map(kb.normalise, concept.names))
        new = [(words, "") for words in own.values() if words not in known]
        return concept.with_names([*names, *new]) if new else concept
    changed = [(own.get(kb.normalise(name), name), languages) for name, languages in names]
    return replace(concept, synonyms=()).with_names(list(dict.fromkeys(changed))) if own else concept
