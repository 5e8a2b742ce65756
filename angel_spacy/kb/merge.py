"""Several vocabularies as one: concepts that are the same thing become one concept.

A concept of a later vocabulary joins one of those before it by the first of these rules that says which:

1. They have an id in common: the primary one of both, else an alternative one.
2. One names the other as its cross-reference, neither of them names or is named by another of that vocabulary.
3. More of its names are names of that concept alone than of any other concept, and the preferred name of one is a name
   of the other.

No two concepts of one vocabulary ever become one: where two would join the same, the earlier rule wins, then the one
with more names in common, and the others stay on their own.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from ..errors import ConfigError
from .concept import Concept, Provenance, known, languages_by_name
from .identifiers import bare_prefixes, fold_id, with_prefix
from .knowledge_base import KnowledgeBase

RULES = ("the same id", "a cross-reference", "shared names")

_N_CONFLICTS = 1000  # that are kept as examples


@dataclass(frozen=True)
class Fold:
    """The concept `concept_id` joined `into` by a rule, one of RULES."""

    concept_id: str
    into: str
    rule: str


@dataclass
class MergeReport:
    """What became one, and what could not: the reason and the ids. `n_conflicts` counts those beyond the first too."""

    folds: list[Fold] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    n_conflicts: int = 0
    _told: set[str] = field(default_factory=set)

    def conflict(self, text: str) -> None:
        """One more, unless it was told before."""
        if text in self._told:
            return
        self._told.add(text)
        self.n_conflicts += 1
        if len(self.conflicts) < _N_CONFLICTS:
            self.conflicts.append(text)


def merged(kbs: Sequence[KnowledgeBase]) -> tuple[KnowledgeBase, MergeReport]:
    """One KB of several, and what became one in it.

    Ids are written with their prefix, as the Bioregistry has it, in capitals. Where concepts join, the first one's id,
    preferred name and definition hold; the ids of the others are alternative ones. Raises ConfigError for fewer than
    two, and for KBs that normalise names differently.
    """
    if len(kbs) < 2:
        raise ConfigError("There is nothing to merge: give two knowledge bases or more.")
    if len({kb.normaliser for kb in kbs}) > 1:
        raise ConfigError("The knowledge bases normalise names differently: build them with one normaliser.")
    vocabularies = [list(_with_prefixes(kb)) for kb in kbs]
    ids = (one for concepts in vocabularies for concept in concepts for one in (concept.concept_id, *concept.alt_ids))
    table, report = _Table(kbs[0].normalise, bare_prefixes(ids)), MergeReport()
    for concepts in vocabularies:
        table.take(concepts, report)
    seen: Counter[tuple[str, str]] = Counter()
    for kb in kbs:
        for (name, concept_id), n in kb.seen.items():
            seen[name, table.id_of(with_prefix(concept_id, kb.prefixes))] += n
    kb = KnowledgeBase(table.concepts(), normaliser=kbs[0].normaliser, provenance=_provenance(kbs), seen=seen)
    return kb, report


def _with_prefixes(kb: KnowledgeBase) -> Iterator[Concept]:
    def written(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(with_prefix(one, kb.prefixes) for one in ids)

    for concept in kb.concepts:
        yield replace(
            concept,
            concept_id=with_prefix(concept.concept_id, kb.prefixes),
            alt_ids=written(concept.alt_ids),
            parents=written(concept.parents),
            xrefs=tuple(map(with_prefix, concept.xrefs)),
        )


class _Vocabulary(NamedTuple):
    """Concepts that may join others, with the normalised names of each."""

    concepts: Sequence[Concept]
    names: Sequence[set[str]]


class _Table:
    """The concepts so far: parts of each, who has an id, who has a name, who refers to whom."""

    def __init__(self, normalise: Callable[[str], str], bare: frozenset[str]) -> None:
        """`bare`: the prefixes that ids may go without, see `bare_prefixes`."""
        self._normalise, self._fold = normalise, partial(fold_id, bare=bare)
        self._parts: list[list[Concept]] = []
        self._names: list[set[str]] = []
        self._row_of_id: dict[str, int] = {}  # those that concepts joined with and alternative ones, the first holds
        self._row_of_primary: dict[str, int] = {}
        self._rows_of_name: defaultdict[str, set[int]] = defaultdict(set)
        self._rows_of_xref: defaultdict[str, set[int]] = defaultdict(set)

    def id_of(self, concept_id: str) -> str:
        """The id of the concept that has this one."""
        row = self._row(self._fold(concept_id))
        return concept_id if row is None else self._parts[row][0].concept_id

    def take(self, concepts: Sequence[Concept], report: MergeReport) -> None:
        """Takes another vocabulary in."""
        new = _Vocabulary(concepts, [set(filter(None, map(self._normalise, one.names))) for one in concepts])
        rows: dict[int, int] = {}  # number of a concept -> row that it joins
        if self._parts:
            rules = (self._by_primary_id, self._by_id, self._by_xref, self._by_names)
            for rule, proposed in zip((RULES[0], *RULES), rules, strict=True):
                left = [i for i in range(len(concepts)) if i not in rows]
                found = proposed(new, left, report)
                for i, row in self._one_each(found, set(rows.values()), new, report).items():
                    rows[i] = row
                    report.folds.append(Fold(concepts[i].concept_id, self._id(row), rule))
        for i, concept in enumerate(concepts):
            if i not in rows:
                self._parts.append([])
                self._names.append(set())
            self._put(rows.get(i, len(self._parts) - 1), concept, new.names[i])

    def concepts(self) -> Iterator[Concept]:
        """The concepts, whose parents and cross-references are told by the ids that hold now."""
        for parts in self._parts:
            first = parts[0]
            own = {self._fold(one) for part in parts for one in (part.concept_id, *part.alt_ids)}
            ids = (one for part in parts for one in (part.concept_id, *part.alt_ids))
            parents = (self.id_of(parent) for part in parts for parent in part.parents)
            languages = languages_by_name(name for part in parts for name in part.languages_of_names())
            yield Concept(
                first.concept_id,
                first.name,
                _distinct(languages, but=first.name),
                _distinct(ids, but=first.concept_id),
                _distinct(one for part in parts for one in part.types),
                next((part.definition for part in parts if part.definition), ""),
                _distinct(xref for part in parts for xref in part.xrefs if self._fold(xref) not in own),
                _distinct(parents, but=first.concept_id),
                known(languages.values()),
            )

    def _put(self, row: int, concept: Concept, names: set[str]) -> None:
        if not self._parts[row]:
            self._row_of_primary[self._fold(concept.concept_id)] = row
        self._parts[row].append(concept)
        self._names[row] |= names
        for one in (concept.concept_id, *concept.alt_ids):
            self._row_of_id.setdefault(self._fold(one), row)
        for name in names:
            self._rows_of_name[name].add(row)
        for xref in concept.xrefs:
            self._rows_of_xref[self._fold(xref)].add(row)

    def _by_primary_id(self, new: _Vocabulary, left: Iterable[int], _: MergeReport) -> dict[int, int]:
        """Before all others: what has the primary id of another one can be nothing else."""
        found = {}
        for i in left:
            row = self._row_of_primary.get(self._fold(new.concepts[i].concept_id))
            if row is not None:
                found[i] = row
        return found

    def _by_id(self, new: _Vocabulary, left: Iterable[int], report: MergeReport) -> dict[int, int]:
        found = {}
        for i in left:
            concept = new.concepts[i]
            ids = [self._fold(one) for one in (concept.concept_id, *concept.alt_ids)]
            rows = list(dict.fromkeys(row for one in ids if (row := self._row(one)) is not None))
            if len(rows) > 1:
                report.conflict(f"{concept.concept_id} has the ids of {', '.join(map(self._id, rows))}")
            if rows:
                found[i] = rows[0]
        return found

    def _by_xref(self, new: _Vocabulary, left: Iterable[int], report: MergeReport) -> dict[int, int]:
        """Those that belong together by references of one another and of no third."""
        rows_of: defaultdict[int, set[int]] = defaultdict(set)
        numbers_of: defaultdict[int, set[int]] = defaultdict(set)
        for i in left:
            concept = new.concepts[i]
            to = {row for one in map(self._fold, concept.xrefs) if (row := self._row(one)) is not None}
            back = (self._rows_of_xref.get(self._fold(one), ()) for one in (concept.concept_id, *concept.alt_ids))
            for row in to.union(*back):
                rows_of[i].add(row)
                numbers_of[row].add(i)
        found = {}
        for i, rows in rows_of.items():
            (row, *others), claimed = sorted(rows), {one for row in rows for one in numbers_of[row]}
            if others or len(claimed) > 1:
                ids = ", ".join(sorted([new.concepts[one].concept_id for one in claimed] + list(map(self._id, rows))))
                report.conflict(f"cross-references say that these are one: {ids}")
            else:
                found[i] = row
        return found

    def _by_names(self, new: _Vocabulary, left: Iterable[int], report: MergeReport) -> dict[int, int]:
        found = {}
        for i in left:
            owned = (self._rows_of_name.get(name, ()) for name in new.names[i])
            votes = Counter(next(iter(rows)) for rows in owned if len(rows) == 1).most_common(2)
            if not votes:
                continue
            (row, most), *second = votes
            if second and second[0][1] == most:
                others = f"{self._id(row)} and {self._id(second[0][0])}"
                report.conflict(f"{new.concepts[i].concept_id} has as many names of {others}")
                continue
            preferred = self._normalise(new.concepts[i].name), self._normalise(self._parts[row][0].name)
            if preferred[0] in self._names[row] or preferred[1] in new.names[i]:
                found[i] = row
        return found

    def _one_each(
        self, found: dict[int, int], taken: set[int], new: _Vocabulary, report: MergeReport
    ) -> dict[int, int]:
        """Of what a rule found, one concept a row that is not taken: the one with most names in common."""
        in_common = {i: len(new.names[i] & self._names[row]) for i, row in found.items()}
        chosen = {}
        for i in sorted(found, key=lambda i: (-in_common[i], i)):
            row = found[i]
            if row in taken:
                report.conflict(f"{new.concepts[i].concept_id} would join {self._id(row)}, which another one did")
                continue
            taken.add(row)
            chosen[i] = row
        return chosen

    def _row(self, folded: str) -> int | None:
        """The row of an id, a primary one before all others."""
        row = self._row_of_primary.get(folded)
        return self._row_of_id.get(folded) if row is None else row

    def _id(self, row: int) -> str:
        return self._parts[row][0].concept_id


def _distinct(texts: Iterable[str], *, but: str = "") -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text != but))


def _provenance(kbs: Sequence[KnowledgeBase]) -> Provenance:
    all_of = [kb.provenance for kb in kbs]
    return Provenance(
        source=" + ".join(one.source or "a vocabulary without provenance" for one in all_of),
        version=", ".join(one.version for one in all_of if one.version),
        date=", ".join(one.date for one in all_of if one.date),
        licence="; ".join(dict.fromkeys(one.licence for one in all_of if one.licence)),
        sha256=", ".join(one.sha256 for one in all_of if one.sha256),
    )
