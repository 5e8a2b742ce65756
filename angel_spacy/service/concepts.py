"""Concepts of the knowledge base, as they are searched and shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from threading import Lock
from typing import Any

from ..candidates.weighing import Weighed
from ..component.linker import AngelLinker
from ..kb import Concept
from ..kb.identifiers import concept_url

_NAMES = 20  # of a concept that was found
_AS_MANY_NAMES = 5  # times the concepts that are wanted: several names may mean the same one


class Search:
    """Concepts by their names. Threads may share it: the knowledge base is only read, and one at a time looks for
    what is near."""

    def __init__(self, linker: AngelLinker) -> None:
        self._kb = linker.kb
        ranker = linker.ranker
        self._similar = ranker.similar if isinstance(ranker, Weighed) and self._kb.n_names else None
        self._one_at_a_time = Lock()
        if self._similar:
            self._similar.nearest([self._kb.names()[0]], 1)  # makes what is made at first use

    def concepts(self, text: str, limit: int) -> list[Concept]:
        """The concept with this id, those that are called so, those with a name that begins so; where that is less
        than `limit`, those whose names lie near, as the linker sees it."""
        rows = dict.fromkeys(self._beginning(text, limit))
        if len(rows) < limit:
            rows |= dict.fromkeys(self._near(text, limit))
        return [self._kb.concept(row) for row in islice(rows, limit)]

    def _beginning(self, text: str, limit: int) -> Sequence[int]:
        kb = self._kb
        found = [row] if (row := kb.resolve(text)) is not None else []
        if kb.normalise(text):  # every name begins with nothing
            found += kb.rows_of(text)
            found += [row for _, rows in kb.search(text, limit * _AS_MANY_NAMES) for row in rows]
        return found

    def _near(self, text: str, limit: int) -> Sequence[int]:
        wording = self._kb.normalise(text)
        if self._similar is None or not wording:
            return []
        with self._one_at_a_time:
            (near,) = self._similar.nearest([wording], limit)
            rows: list[int] = self._similar.rows().take(near.numbers).values.tolist()
        return rows


def found(concept: Concept) -> dict[str, Any]:
    """A concept in a list of those that were found, with the first of its names."""
    described = {"definition": concept.definition, "url": concept_url(concept.concept_id)}
    return {
        "id": concept.concept_id,
        "name": concept.name,
        "names": list(concept.names[:_NAMES]),
        "types": list(concept.types),
        **{name: value for name, value in described.items() if value},
    }


def shown(concept: Concept) -> dict[str, Any]:
    """A concept by itself: all its names, and the ids of its parents where there are any."""
    parents = {"parents": list(concept.parents)} if concept.parents else {}
    return {**found(concept), "names": list(concept.names), **parents}
