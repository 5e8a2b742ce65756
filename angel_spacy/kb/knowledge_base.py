"""Concepts and their names: which concepts a name means, which concept an id means, and what changed since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from heapq import merge
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import Path
from typing import Any

from ..arrays.ragged import Ragged
from ..errors import KnowledgeBaseError
from . import storage
from .aliases import with_aliases
from .concept import Concept, Provenance, already_there, check_usable
from .identifiers import canonical_prefix, with_prefix
from .normalise import DEFAULT_NORMALISER, get_normaliser
from .packed.build import pack
from .packed.concepts import PackedConcepts
from .packed.fingerprint import digest_of, patched
from .packed.names import ChangedNames, SortedNames
from .packed.table import ConceptTable
from .scispacy_view import Aliases, Entities, Entity

_DERIVED = ("_normalise", "_changed_names")


class KnowledgeBase:
    """Concepts in rows. A removed concept leaves a hole, so a row means one concept until the KB is saved.

    `seen` counts how often a normalised name was seen to mean a concept: (name, concept id) -> count.
    `prefixes` may be left out of ids, as in `672` for `ncbigene:672`; where none is given, see `bare_prefixes`.
    `version` grows by one with each change; `changes_since` says which names it touched.
    """

    def __init__(
        self,
        concepts: Iterable[Concept] = (),
        *,
        normaliser: str = DEFAULT_NORMALISER,
        provenance: Provenance | None = None,
        seen: Mapping[tuple[str, str], int] | None = None,
        prefixes: Iterable[str] = (),
    ) -> None:
        bare = frozenset(map(canonical_prefix, prefixes)) or None
        self._open(pack(concepts, normaliser, seen or {}, bare), provenance or Provenance())
        self._seen = dict(seen or {})

    @classmethod
    def of_packed(cls, packed: PackedConcepts, provenance: Provenance) -> KnowledgeBase:
        """The KB over concepts that were packed before."""
        kb = cls.__new__(cls)
        kb._open(packed, provenance)
        return kb

    def _open(self, packed: PackedConcepts, provenance: Provenance) -> None:
        self.normaliser, self.prefixes = packed.normaliser, packed.prefixes
        self.provenance = provenance
        self.version = 0
        self._normalise = get_normaliser(packed.normaliser)
        self._table = ConceptTable(packed)
        self._log: list[tuple[int, str, tuple[int, ...]]] = []  # (version, name, its rows before)

    def __len__(self) -> int:
        return len(self._table)

    def __repr__(self) -> str:
        source = " ".join(filter(None, (self.provenance.source, self.provenance.version)))
        return f"<KnowledgeBase: {len(self)} concepts, {self.n_names} names{source and f', {source}'}>"

    def __contains__(self, concept_id: object) -> bool:
        return isinstance(concept_id, str) and self.resolve(concept_id) is not None

    def __getitem__(self, concept_id: str) -> Concept:
        return self.concept(self._row(concept_id))

    @property
    def concepts(self) -> Iterator[Concept]:
        """The concepts in row order."""
        return iter(self._table)

    @property
    def seen(self) -> Mapping[tuple[str, str], int]:
        """How often (normalised name, concept id) was seen in annotated text; see `with_aliases`."""
        return self._seen

    @cached_property
    def _seen(self) -> dict[tuple[str, str], int]:
        return self._table.base.seen()

    @cached_property
    def seen_ids(self) -> frozenset[str]:
        """The concepts that `seen` counts mentions of."""
        return frozenset(concept_id for _, concept_id in self._seen)

    @property
    def n_names(self) -> int:
        """How many distinct normalised names there are."""
        return len(self._table.name_rows)

    def names(self) -> Sequence[str]:
        """The distinct normalised names, sorted, as they are now; each is made when it is asked for."""
        if changed := self._changed_names:
            return SortedNames(changed.key, changed.order)
        return SortedNames(self._table.base.names.key, range(self.n_names))

    def name_rows(self) -> Ragged:
        """The rows of each of `names()`, in the order of `rows_of`."""
        rows = self._table.base.name_rows()
        if changed := self._changed_names:
            rows = rows.joined(Ragged.of([self._ordered(name) for name in changed.new])).take(changed.order)
        return rows

    @property
    def fingerprint(self) -> str:
        """A digest of normaliser, names and their rows; a KB that was saved and opened again has the same."""
        mark, changed = self._table.base.fingerprint, self._table.name_rows.changed
        if not changed:
            return mark
        before = ((name.encode(), rows) for name in changed if (rows := self._table.base.names.rows(name)))
        after = ((name.encode(), rows) for name in changed if (rows := self._ordered(name)))
        return patched(mark, removed=digest_of(before), added=digest_of(after))

    def normalise(self, text: str) -> str:
        """`text` as names are compared; "" when nothing of it can be a name."""
        return self._normalise(text)

    def fold_id(self, concept_id: str) -> str:
        """An id, whether the KB has it or not, in the form in which ids are compared here."""
        return self._table.base.fold(concept_id)

    def concept(self, row: int) -> Concept:
        """The concept in `row`; KnowledgeBaseError for a hole or a row that never was."""
        concept = self._table.at(row)
        if concept is None:
            raise KnowledgeBaseError(f"No concept in row {row}: rebuild what holds rows after concepts were removed.")
        return concept

    @property
    def n_rows(self) -> int:
        """How many rows there are, holes too."""
        return self._table.n_rows

    def id_and_types(self, row: int) -> tuple[str, tuple[str, ...]] | None:
        """The id, with its prefix, and the types of the concept in `row`, for less than the whole; None for a hole."""
        found = self._table.id_and_types(row)
        return found and (with_prefix(found[0], self.prefixes), found[1])

    def resolve(self, concept_id: str) -> int | None:
        """The row that an id, primary or alternative, stands for; a primary id wins, then the lowest row."""
        return self._table.resolve(concept_id)

    def rows(self, concept_ids: Iterable[str]) -> tuple[int, ...]:
        """The rows of those ids that the KB knows, each once, in their order; see `resolve`."""
        rows = map(self.resolve, concept_ids)
        return tuple(dict.fromkeys(row for row in rows if row is not None))

    def names_of(self, row: int) -> tuple[str, ...]:
        """The distinct normalised names of the concept in `row`, the preferred one first."""
        return tuple(self._distinct_names(self.concept(row)))

    def rows_of(self, name: str) -> tuple[int, ...]:
        """The rows that `name` means: where it is the preferred name, then the most often seen, then by row."""
        return self._ordered(self._normalise(name))

    def search(self, prefix: str, limit: int = 20) -> list[tuple[str, tuple[int, ...]]]:
        """The first `limit` names in order that begin with `prefix` (case and punctuation aside), with their rows."""
        beginning = self._normalise(prefix)
        return [(name, self._ordered(name)) for name in islice(self._starting_with(beginning), max(limit, 0))]

    @property
    def cui_to_entity(self) -> Mapping[str, Entity]:
        """Concept id, primary or alternative -> entity, as scispaCy users know it."""
        return Entities(self)

    @property
    def alias_to_cuis(self) -> Mapping[str, set[str]]:
        """Name, in any spelling -> concept ids, as scispaCy users know it."""
        return Aliases(self)

    def add(self, concept: Concept) -> int:
        """The row of a concept that was not in the KB before."""
        row = self._table.n_rows
        self._put(row, concept)
        return row

    def remove(self, concept_id: str) -> None:
        """Take a concept and its names out; its row stays empty."""
        self._put(self._row(concept_id), None)

    def add_name(self, concept_id: str, name: str) -> None:
        """Give a concept one more name; nothing changes when it has that name already."""
        row = self._row(concept_id)
        concept = self.concept(row)
        if not self._normalise(name):
            raise KnowledgeBaseError(f"{name!r} has no letter or digit left once normalised; give another name.")
        if row not in self.rows_of(name):
            self._put(row, replace(concept, synonyms=(*concept.synonyms, name)))

    def remove_name(self, concept_id: str, name: str) -> None:
        """Take a name, in all its spellings, from a concept; the next name follows a removed preferred one."""
        row = self._row(concept_id)
        concept, unwanted = self.concept(row), self._normalise(name)
        if row not in self.rows_of(name):
            raise KnowledgeBaseError(f"{concept.concept_id} has no name {name!r}; look its names up in `kb[id].names`.")
        kept = [of for of in concept.languages_of_names() if self._normalise(of[0]) != unwanted]
        if not any(self._normalise(other) for other, _ in kept):
            raise KnowledgeBaseError(f"{name!r} is the only name of {concept.concept_id}; remove the concept instead.")
        self._put(row, concept.with_names(kept))

    def with_aliases(self, pairs: Iterable[tuple[str, Sequence[str]]]) -> KnowledgeBase:
        """A copy with (mention, concept ids) as further names; the oftener a pair, the earlier among homonyms."""
        concepts, seen = with_aliases(self, pairs)
        return self.of_packed(self._packed(concepts, seen), self.provenance)

    def changes_since(self, version: int) -> tuple[list[str], list[str]]:
        """(added, removed) names since `version`, sorted.

        A name that changed its concepts is in both, like a changed line in a diff: apply removals first.
        """
        if not 0 <= version <= self.version:
            raise KnowledgeBaseError(f"No version {version}, only 0 to {self.version}; rebuild from `kb.names()`.")
        before: dict[str, tuple[int, ...]] = {}
        for _, name, rows in self._log[bisect_right(self._log, version, key=itemgetter(0)) :]:
            before.setdefault(name, rows)
        changed = sorted(name for name, rows in before.items() if rows != self._ordered(name))
        return [name for name in changed if self._ordered(name)], [name for name in changed if before[name]]

    def to_disk(self, folder: str | Path) -> None:
        """Save into `folder`, all or nothing; see `storage`."""
        storage.save(self.packed(), self.provenance, folder)

    @classmethod
    def from_disk(cls, folder: str | Path, *, verify: bool = False) -> KnowledgeBase:
        """The KB saved in `folder`; KnowledgeBaseError when it is missing, cut short or of another format.

        With `verify`, also when a byte is not what was written: then all of it is read.
        """
        return cls.of_packed(*storage.load(folder, verify=verify))

    def to_bytes(self) -> bytes:
        """What `to_disk` writes, as bytes."""
        return storage.to_bytes(self.packed(), self.provenance)

    @classmethod
    def from_bytes(cls, data: bytes) -> KnowledgeBase:
        """The KB that `to_bytes` wrote."""
        return cls.of_packed(*storage.from_bytes(data))

    def packed(self) -> PackedConcepts:
        """The concepts as flat arrays, as they are stored: rows of a changed KB without holes."""
        return self._packed(self.concepts, self._seen) if self.version else self._table.base

    def __getstate__(self) -> dict[str, Any]:
        """State for worker processes: rows stay, what can be derived is left out."""
        return {name: value for name, value in self.__dict__.items() if name not in _DERIVED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _normalise=get_normaliser(state["normaliser"]))

    def _packed(self, concepts: Iterable[Concept], seen: Mapping[tuple[str, str], int]) -> PackedConcepts:
        """Other concepts, packed as these are."""
        return pack(concepts, self.normaliser, seen, self.prefixes or None)

    def _row(self, concept_id: str) -> int:
        row = self.resolve(concept_id)
        if row is None:
            raise KnowledgeBaseError(f"No concept {concept_id!r} in the KB; add it, or check with `concept_id in kb`.")
        return row

    def _ordered(self, name: str) -> tuple[int, ...]:
        """The rows of a normalised name in the stated order."""
        rows = self._table.name_rows.rows(name)
        if len(rows) < 2 or name not in self._table.name_rows.changed:
            return rows
        return tuple(sorted(rows, key=lambda row: self._rank(name, row)))

    @cached_property
    def _changed_names(self) -> ChangedNames | None:
        changed = self._table.name_rows.changed
        return ChangedNames(self._table.base.names, changed) if changed else None

    def _starting_with(self, beginning: str) -> Iterator[str]:
        """The names that begin with a normalised text, in order."""
        base, changed = self._table.base.names, self._table.name_rows.changed
        packed = map(base.key, range(base.place(beginning), len(base)))
        old = (name for name in takewhile(lambda name: name.startswith(beginning), packed) if name not in changed)
        return merge(old, self._table.name_rows.changed_from(beginning))

    def _rank(self, name: str, row: int) -> tuple[bool, int, int]:
        concept = self.concept(row)
        is_preferred = self._normalise(concept.name) == name
        return not is_preferred, -self._seen.get((name, concept.concept_id), 0), row

    def _distinct_names(self, concept: Concept | None) -> dict[str, None]:
        """The normalised names of a concept, each once, in order; none for a hole."""
        return dict.fromkeys(filter(None, map(self._normalise, concept.names))) if concept else {}

    def _put(self, row: int, concept: Concept | None) -> None:
        """Change a row, all or nothing; indices, counts, version and log follow."""
        old = self._table.at(row)
        old_names, names = self._distinct_names(old), self._distinct_names(concept)
        before = {name: self._ordered(name) for name in old_names | names}
        if concept:
            check_usable(concept, names)
            if self._table.row_of(concept.concept_id) not in (None, row):
                raise already_there(concept.concept_id)
        if old:
            self._table.unlink(row, old, old_names)
            for name in old_names.keys() - names:
                self._seen.pop((name, old.concept_id), None)
                self.__dict__.pop("seen_ids", None)
        if concept:
            self._table.link(row, concept, names)
        self._record(before)

    def _record(self, before: dict[str, tuple[int, ...]]) -> None:
        """Note a mutation: which of the names it touched now mean other rows than before."""
        self.version += 1
        self._log.extend((self.version, name, rows) for name, rows in before.items() if rows != self._ordered(name))
        self.__dict__.pop("_changed_names", None)
