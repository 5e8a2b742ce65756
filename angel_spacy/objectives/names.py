"""The names that a knowledge base lets the model write, concept by concept."""

from collections.abc import Container, Sequence
from typing import Protocol

from ..kb import KnowledgeBase

Names = list[list[str]]


class NamesOf(Protocol):
    """Whatever gives the names of a row: a whole table, or `NamesAsked`."""

    def __getitem__(self, row: int, /) -> Sequence[str]:
        """The normalised names of a concept."""


def names_by_row(kb: KnowledgeBase) -> Names:
    """The distinct normalised names of each concept, by row; KnowledgeBaseError for a KB with rows of removed ones."""
    return [list(kb.names_of(row)) for row in range(len(kb))]


class NamesAsked:
    """The names of those rows that are asked for, `hidden` ones left out; holes of removed concepts do not matter."""

    def __init__(self, kb: KnowledgeBase, hidden: Container[str] = ()) -> None:
        self._kb = kb
        self._hidden = hidden

    def __getitem__(self, row: int, /) -> list[str]:
        return [name for name in self._kb.names_of(row) if name not in self._hidden]
