"""Concepts and their names: which concepts a name means, which concept an id means, and what changed since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb.concept import Concept, Provenance
from angel_spacy.kb.identifiers import fold_id
from angel_spacy.kb.normalise import DEFAULT_NORMALISER, get_normaliser
from angel_spacy.kb.prefixes import PrefixIndex
from angel_spacy.kb.table import ConceptTable


class KnowledgeBase:
    """Concepts in rows. A removed concept leaves a hole, so a row means one concept until the KB is saved.

    `seen` counts how often a normalised name was seen to mean a concept: (name, concept id) -> count.
    `version` grows by one with each change; `changes_since` says which names it touched.
    """

    def __init__(
        self,
        concepts: Iterable[Concept] = (),
        *,
        normaliser: str = DEFAULT_NORMALISER,
        provenance: Provenance | None = None,
        seen: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        self.normaliser = normaliser
        self.provenance = provenance or Provenance()
        self.version = 0
        self._normalise = get_normaliser(normaliser)
        self._table = ConceptTable()
        self._seen = dict(seen or {})
        self._log: list[tuple[int, str, tuple[int, ...]]] = []  # (version, name, its rows before)
        self._prefixes: PrefixIndex | None = None
        for concept in concepts:
            names = self._distinct_names(concept)
            self._check(concept, self._table.n_rows, names)
            self._table.link(self._table.n_rows, concept, names)

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
    def seen_ids(self) -> frozenset[str]:
        """The concepts that `seen` counts mentions of."""
        return frozenset(concept_id for _, concept_id in self._seen)

    @property
    def n_names(self) -> int:
        """How many distinct normalised names there are."""
        return len(self._table.name_rows)

    def names(self) -> list[str]:
        """The distinct normalised names, sorted."""
        return self._table.name_rows.keys()

    def normalise(self, text: str) -> str:
        """`text` as names are compared; "" when nothing of it can be a name."""
        return self._normalise(text)

    def concept(self, row: int) -> Concept:
        """The concept in `row`; KnowledgeBaseError for a hole or a row that never was."""
        concept = self._table.at(row)
        if concept is None:
            raise KnowledgeBaseError(f"No concept in row {row}: rebuild what holds rows after concepts were removed.")
        return concept

    def resolve(self, concept_id: str) -> int | None:
        """The row that an id, primary or alternative, stands for; a primary id wins, then the lowest row."""
        return self._table.resolve(concept_id)

    def rows_of(self, name: str) -> tuple[int, ...]:
        """The rows that `name` means: where it is the preferred name, then the most often seen, then by row."""
        return self._ordered(self._normalise(name))

    def search(self, prefix: str, limit: int = 20) -> list[tuple[str, tuple[int, ...]]]:
        """The first `limit` names in order that begin with `prefix` (case and punctuation aside), with their rows."""
        if self._prefixes is None:
            self._prefixes = PrefixIndex(self._table.name_rows.keys())
        names = self._prefixes.starting_with(self._normalise(prefix), limit)
        return [(name, self._ordered(name)) for name in names]

    @property
    def cui_to_entity(self) -> Mapping[str, Any]:
        """Concept id -> entity, as scispaCy users know it; see `facade`."""
        from angel_spacy.kb.facade import ScispacyView

        return ScispacyView(self).cui_to_entity

    @property
    def alias_to_cuis(self) -> Mapping[str, set[str]]:
        """Name -> concept ids, as scispaCy users know it; see `facade`."""
        from angel_spacy.kb.facade import ScispacyView

        return ScispacyView(self).alias_to_cuis

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
        kept = tuple(other for other in concept.names if self._normalise(other) != unwanted)
        if not any(map(self._normalise, kept)):
            raise KnowledgeBaseError(f"{name!r} is the only name of {concept.concept_id}; remove the concept instead.")
        self._put(row, replace(concept, name=kept[0], synonyms=kept[1:]))

    def with_aliases(self, pairs: Iterable[tuple[str, Sequence[str]]]) -> KnowledgeBase:
        """A copy with (mention, concept ids) as further names; the oftener a pair, the earlier among homonyms."""
        from angel_spacy.kb.aliases import with_aliases

        return with_aliases(self, pairs)

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
        from angel_spacy.kb.storage import save

        save(self, folder)

    @classmethod
    def from_disk(cls, folder: str | Path) -> KnowledgeBase:
        """The KB saved in `folder`; KnowledgeBaseError when it is missing, damaged or of another format."""
        from angel_spacy.kb.storage import load

        return load(folder)

    def to_bytes(self) -> bytes:
        """What `to_disk` writes, as bytes."""
        from angel_spacy.kb.storage import to_bytes

        return to_bytes(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> KnowledgeBase:
        """The KB that `to_bytes` wrote."""
        from angel_spacy.kb.storage import from_bytes

        return from_bytes(data)

    def __getstate__(self) -> dict[str, Any]:
        """State for worker processes: rows stay, what can be derived is left out."""
        return self.__dict__ | {"_normalise": None, "_prefixes": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _normalise=get_normaliser(state["normaliser"]))

    def _row(self, concept_id: str) -> int:
        row = self.resolve(concept_id)
        if row is None:
            raise KnowledgeBaseError(f"No concept {concept_id!r} in the KB; add it, or check with `concept_id in kb`.")
        return row

    def _ordered(self, name: str) -> tuple[int, ...]:
        """The rows of a normalised name in the stated order."""
        rows = self._table.name_rows.rows(name)
        return rows if len(rows) < 2 else tuple(sorted(rows, key=lambda row: self._rank(name, row)))

    def _rank(self, name: str, row: int) -> tuple[bool, int, int]:
        concept = self.concept(row)
        is_preferred = self._normalise(concept.name) == name
        return not is_preferred, -self._seen.get((name, concept.concept_id), 0), row

    def _distinct_names(self, concept: Concept | None) -> dict[str, None]:
        """The normalised names of a concept, each once, in order; none for a hole."""
        return dict.fromkeys(filter(None, map(self._normalise, concept.names))) if concept else {}

    def _check(self, concept: Concept, row: int, names: Collection[str]) -> None:
        """KnowledgeBaseError unless `concept`, with these usable names, may stand in `row`."""
        concept_id = concept.concept_id
        if not fold_id(concept_id):
            raise KnowledgeBaseError(f"The concept named {concept.name!r} has no id; give it one.")
        if self._table.row_of(concept_id) not in (None, row):
            raise KnowledgeBaseError(f"{concept_id} is in the KB already; merge the two, or remove one.")
        if not names:
            raise KnowledgeBaseError(f"{concept_id} has no usable name; give one with a letter or a digit.")
        if not _is_encodable(concept):
            raise KnowledgeBaseError(f"{concept_id} holds half a character (a lone surrogate); write its text anew.")

    def _put(self, row: int, concept: Concept | None) -> None:
        """Change a row, all or nothing; indices, counts, version, log and prefixes follow."""
        old = self._table.at(row)
        old_names, names = self._distinct_names(old), self._distinct_names(concept)
        before = {name: self._ordered(name) for name in old_names | names}
        if concept:
            self._check(concept, row, names)
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
        if self._prefixes is not None:
            self._prefixes.refresh(before, known=self._table.name_rows)


def _is_encodable(concept: Concept) -> bool:
    text = (concept.concept_id, *concept.names, *concept.alt_ids, *concept.types, concept.definition)
    try:
        "".join(text).encode()
    except UnicodeEncodeError:
        return False
    return True
