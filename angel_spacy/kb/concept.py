"""The records of a knowledge base, what may be asked of many concepts, and the JSON that describes one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any, Protocol

from ..errors import KnowledgeBaseError
from .identifiers import fold_id

_FIELDS = ("id", "names", "alt_ids", "types", "definition", "xrefs", "parents", "languages")


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept. `name` is the preferred name; `synonyms` are all others, as the source spells them.

    `alt_ids` stand for the concept itself (merged, older), `xrefs` are ids of like things elsewhere, `parents` those of
    wider concepts of the same source. `languages` are those of each of `names`, where the source tells them: tags as
    `en` or `pt-BR`, several with a blank between them, "" for unknown, as for names beyond the last tag.
    """

    concept_id: str
    name: str
    synonyms: tuple[str, ...] = ()
    alt_ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    definition: str = ""
    xrefs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name as spelled, the preferred one first."""
        return (self.name, *self.synonyms)

    def languages_of_names(self) -> Iterator[tuple[str, str]]:
        """(name, its languages), the preferred name first."""
        return zip_longest(self.names, self.languages, fillvalue="")

    def with_names(self, names: Sequence[tuple[str, str]]) -> "Concept":
        """The concept with these (name, its languages) instead of its own."""
        (name, *synonyms), languages = zip(*names, strict=True)
        return replace(self, name=name, synonyms=tuple(synonyms), languages=known(languages))


def known(languages: Iterable[str]) -> tuple[str, ...]:
    """Languages of names without the unknown ones at the end."""
    found = list(languages)
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def languages_by_name(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name -> its languages, in the order of (name, languages) that may hold a name several times."""
    found: dict[str, dict[str, None]] = {}
    for name, languages in names:
        found.setdefault(name, {}).update(dict.fromkeys(languages.split()))
    return {name: " ".join(tags) for name, tags in found.items()}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a knowledge base comes from. `sha256` is that of the source file, `left_out` what was not taken from it."""

    source: str = ""
    version: str = ""
    date: str = ""
    licence: str = ""
    sha256: str = ""
    left_out: str = ""


class Concepts(Protocol):
    """What may be asked of concepts in rows: a knowledge base, seen from the rooms that it uses itself."""

    @property
    def concepts(self) -> Iterator[Concept]:
        """The concepts in row order."""

    @property
    def n_names(self) -> int:
        """How many distinct normalised names there are."""

    @property
    def seen(self) -> Mapping[tuple[str, str], int]:
        """How often (normalised name, concept id) was seen in annotated text."""

    def __len__(self) -> int:
        """How many concepts there are."""

    def concept(self, row: int, /) -> Concept:
        """The concept in `row`."""

    def resolve(self, concept_id: str, /) -> int | None:
        """The row that an id stands for."""

    def rows(self, concept_ids: Iterable[str], /) -> tuple[int, ...]:
        """The rows of those ids that are known, each once."""

    def rows_of(self, name: str, /) -> tuple[int, ...]:
        """The rows that `name` means."""

    def names(self) -> Sequence[str]:
        """The distinct normalised names, sorted."""

    def names_of(self, row: int, /) -> tuple[str, ...]:
        """The distinct normalised names of the concept in `row`."""

    def normalise(self, text: str, /) -> str:
        """`text` as names are compared."""


def concept_of(record: object) -> Concept:
    """The concept that a JSON object describes; KnowledgeBaseError for a wrong, missing or unknown field."""
    if not isinstance(record, Mapping):
        raise KnowledgeBaseError(f"expected a JSON object, got {type(record).__name__}; write one concept a line")
    if unknown := sorted(map(str, record.keys() - set(_FIELDS))):
        raise KnowledgeBaseError(f"unknown field {', '.join(unknown)}; remove it or use one of {', '.join(_FIELDS)}")
    names = _strings(record, "names")
    if not names:
        raise KnowledgeBaseError("'names' is missing or empty; give at least one name, the preferred one first")
    return Concept(
        concept_id=_string(record, "id"),
        name=names[0],
        synonyms=names[1:],
        alt_ids=_strings(record, "alt_ids"),
        types=_strings(record, "types"),
        definition=_string(record, "definition"),
        xrefs=_strings(record, "xrefs"),
        parents=_strings(record, "parents"),
        languages=known(_strings(record, "languages")),
    )


def check_usable(concept: Concept, names: Iterable[str]) -> None:
    """KnowledgeBaseError unless `concept`, whose normalised names are these, can be in a KB."""
    concept_id = concept.concept_id
    if not fold_id(concept_id):
        raise KnowledgeBaseError(f"The concept named {concept.name!r} has no id; give it one.")
    if not any(names):
        raise KnowledgeBaseError(f"{concept_id} has no usable name; give one with a letter or a digit.")
    if len(concept.languages) > len(concept.names):
        raise KnowledgeBaseError(f"{concept_id} has more languages than names; give one for each name.")
    try:
        lists = (concept.names, concept.alt_ids, concept.types, concept.xrefs, concept.parents, concept.languages)
        "".join((concept_id, concept.definition, *chain.from_iterable(lists))).encode()
    except UnicodeEncodeError:
        raise KnowledgeBaseError(
            f"{concept_id} holds half a character (a lone surrogate); write its text anew."
        ) from None


def already_there(concept_id: str) -> KnowledgeBaseError:
    """The error for an id that two concepts have."""
    return KnowledgeBaseError(f"{concept_id} is in the KB already; merge the two, or remove one.")


def _string(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field, "")
    if not isinstance(value, str):
        raise KnowledgeBaseError(f"{field!r} is {value!r}; put it in quotes, as a string")
    return value


def _strings(record: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = record.get(field, [])
    if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise KnowledgeBaseError(f"{field!r} is {value!r}; write a list of strings")
    return tuple(value)
