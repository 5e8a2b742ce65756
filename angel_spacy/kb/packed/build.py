"""A stream of concepts -> `PackedConcepts`, without keeping a concept."""

from array import array
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays.files import Arrays
from ...arrays.text_order import text_order
from ...arrays.texts import PoolWriter, TextPool
from ..concept import Concept, already_there, check_usable
from ..identifiers import bare_prefixes, fold_id
from ..normalise import get_normaliser
from .concepts import Labels, PackedConcepts
from .fingerprint import fingerprint
from .name_table import NameTable

Seen = Mapping[tuple[str, str], int]


def pack(
    concepts: Iterable[Concept], normaliser: str, seen: Seen, prefixes: frozenset[str] | None = None
) -> PackedConcepts:
    """The concepts in rows as they come, with the counts in `seen` of those that are there.

    `prefixes` are those that ids may go without; None: see `bare_prefixes`. KnowledgeBaseError for a concept without id
    or usable name, and for one that came before.
    """
    packer = _Packer(normaliser, seen)
    for concept in concepts:
        packer.add(concept)
    return packer.packed(prefixes)


_ROWS = {"alt_ids": "alt_row", "definitions": "definition_row", "xrefs": "xref_row", "parents": "parent_row"}


class _Lists:
    """Texts of some rows, and the row of each."""

    def __init__(self) -> None:
        self.texts, self.rows = PoolWriter(), array("i")

    def add(self, row: int, texts: tuple[str, ...]) -> None:
        if texts:
            self.texts.extend(texts)
            self.rows.extend((row,) * len(texts))


class _Languages:
    """The languages that are known, and the number of each spelling's; the last spellings may be missing."""

    def __init__(self) -> None:
        self.known, self._numbers = {"": 0}, array("i")

    def add(self, first: int, languages: tuple[str, ...]) -> None:
        """Those of the spelling `first` and the next ones; spellings between them and those before have none."""
        if languages:
            self._numbers.extend((0,) * (first - len(self._numbers)))
            self._numbers.extend(self.known.setdefault(one, len(self.known)) for one in languages)

    def numbers(self, n_spellings: int) -> NDArray[np.integer[Any]]:
        """(n_spellings,), or nothing where no language is known."""
        if self._numbers:
            self._numbers.extend((0,) * (n_spellings - len(self._numbers)))
        return _numbers(self._numbers, len(self.known))


class _Packer:
    """The texts of the concepts so far, as spelled and as compared. The latter are put in order and forgotten."""

    def __init__(self, normaliser: str, seen: Seen) -> None:
        self._normaliser, self._normalise = normaliser, get_normaliser(normaliser)
        self._spellings, self._ids, self._names = (PoolWriter() for _ in range(3))
        self._lists = {field: _Lists() for field in ("alt_ids", "definitions", "xrefs", "parents")}
        self._n_spellings, self._type_set = array("i"), array("i")
        self._type_sets: dict[tuple[str, ...], int] = {}
        self._languages = _Languages()
        self._seen = seen
        self._row_of_seen = dict.fromkeys((concept_id for _, concept_id in seen), -1)

    def add(self, concept: Concept) -> None:
        """Put `concept` in the next row."""
        row, spellings = len(self._n_spellings), concept.names
        names = [self._normalise(spelling) for spelling in spellings]
        check_usable(concept, names)
        self._languages.add(len(self._spellings), concept.languages)
        self._n_spellings.append(len(names))
        self._spellings.extend(spellings)
        self._names.extend(names)
        self._ids.extend((concept.concept_id,))
        self._type_set.append(self._type_sets.setdefault(concept.types, len(self._type_sets)))
        if concept.concept_id in self._row_of_seen:
            self._row_of_seen[concept.concept_id] = row
        lists = self._lists
        lists["alt_ids"].add(row, concept.alt_ids)
        lists["definitions"].add(row, (concept.definition,) if concept.definition else ())
        lists["xrefs"].add(row, concept.xrefs)
        lists["parents"].add(row, concept.parents)

    def packed(self, prefixes: frozenset[str] | None) -> PackedConcepts:
        """The rows that were added."""
        lists, alt_ids = self._lists, self._lists["alt_ids"].texts
        if prefixes is None:
            prefixes = bare_prefixes(chain(self._ids, alt_ids))
        arrays: Arrays = {
            "first_spelling": np.concatenate([[0], np.cumsum(_ints(self._n_spellings))]).astype(np.int32),
            "type_set": _numbers(self._type_set, len(self._type_sets)),
            "language": self._languages.numbers(len(self._spellings)),
            "alt_order": _by_folded(alt_ids, prefixes)[0].astype(np.int32),
        }
        arrays |= {_ROWS[field]: _ints(of.rows) for field, of in lists.items()}
        arrays |= _pools({field: of.texts for field, of in lists.items()})
        arrays |= _pools({"spellings": self._spellings, "ids": self._ids})
        arrays |= self._id_order(prefixes) | self._seen_arrays()
        table = NameTable(self._names, arrays["first_spelling"], arrays["seen_row"], arrays["seen_count"])
        labels = Labels(tuple(self._type_sets), tuple(self._languages.known))
        mark = fingerprint(table.digest(), self._normaliser)
        return PackedConcepts(arrays | table.arrays(), labels, self._normaliser, prefixes, mark)

    def _id_order(self, prefixes: frozenset[str]) -> Arrays:
        """Raises KnowledgeBaseError for the first id that came before."""
        order, group = _by_folded(self._ids, prefixes)
        again = order[1:][group[1:] == group[:-1]]
        if again.size:
            raise already_there(TextPool(*self._ids.arrays())[int(again.min())])
        return {"id_order": order.astype(np.int32)}

    def _seen_arrays(self) -> Arrays:
        """The counts of known concepts; their names go behind those of the concepts, to be put in order with them."""
        row_of = self._row_of_seen
        known = sorted((name, row_of[concept], n) for (name, concept), n in self._seen.items() if row_of[concept] >= 0)
        names = PoolWriter()
        names.extend(name for name, _, _ in known)
        self._names.extend(name for name, _, _ in known)
        rows, counts = np.array([row for _, row, _ in known], np.int32), np.array([n for *_, n in known], np.int64)
        return _pools({"seen_names": names}) | {"seen_row": rows, "seen_count": counts}


def _by_folded(ids: PoolWriter, prefixes: frozenset[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What `text_order` gives for the folded ids."""
    folded = PoolWriter()
    for text in ids:
        folded.extend((fold_id(text, prefixes),))
    return text_order(*folded.arrays())


def _pools(writers: Mapping[str, PoolWriter]) -> Arrays:
    arrays: Arrays = {}
    for name, writer in writers.items():
        arrays[name], arrays[f"{name}_offsets"] = writer.arrays()
    return arrays


def _numbers(numbers: "array[int]", n_kinds: int) -> NDArray[np.integer[Any]]:
    return _ints(numbers).astype(np.uint16 if n_kinds < 2**16 else np.int32)


def _ints(numbers: "array[int]") -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.frombuffer(numbers, np.int32)
