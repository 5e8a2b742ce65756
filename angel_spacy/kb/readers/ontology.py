"""Terms of ontologies, whatever file they come in: which are kept, which stand for others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...errors import KnowledgeBaseError
from ..concept import Concept, known, languages_by_name
from .source import Source, chosen, distinct

EXACT, BROAD, NARROW, RELATED = "EXACT", "BROAD", "NARROW", "RELATED"
SCOPES = (EXACT, BROAD, NARROW, RELATED)

_IRI = re.compile(r"https?://.*[/#]([A-Za-z][A-Za-z0-9.]*)_([A-Za-z0-9-]+)$")


@dataclass
class Term:
    """A term as an ontology has it. `synonyms` are (name, scope); `languages` those of a name, where it tells them."""

    term_id: str
    name: str = ""
    synonyms: list[tuple[str, str]] = field(default_factory=list)
    definition: str = ""
    alt_ids: list[str] = field(default_factory=list)
    xrefs: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    replaced_by: list[str] = field(default_factory=list)
    is_obsolete: bool = False
    languages: dict[str, str] = field(default_factory=dict)

    def lists(self) -> dict[str, list[str]]:
        """The ids of others, by the tags that OBO has for them."""
        return {
            "alt_id": self.alt_ids,
            "xref": self.xrefs,
            "is_a": self.parents,
            "replaced_by": self.replaced_by,
        }

    def add(self, other: Term) -> None:
        """What another entry with the same id says too."""
        self.name = self.name or other.name
        if other.name and other.name != self.name:
            self.synonyms.append((other.name, EXACT))
        self.definition = self.definition or other.definition
        self.is_obsolete = self.is_obsolete or other.is_obsolete
        for tag, ids in self.lists().items():
            ids.extend(other.lists()[tag])
        self.synonyms.extend(other.synonyms)
        self.languages = languages_by_name([*self.languages.items(), *other.languages.items()])


def concepts_of(
    terms: Iterable[Term], source: Source, *, scopes: str, only: str, under: str, as_type: str
) -> Iterator[Concept]:
    """The terms that are wanted, as concepts; an obsolete term is an alternative id of what replaces it.

    `scopes` of synonyms that are kept, `only` ids with these prefixes, `under` the subtrees of these terms (themselves
    too), `as_type` the type of all of them; several with commas between them, "" for no restriction.
    """
    wanted = {scope.upper() for scope in chosen(scopes)}
    if not wanted <= set(SCOPES):
        raise KnowledgeBaseError(f"scopes is {scopes!r}: use some of {', '.join(SCOPES)}.")
    by_id = _merged(terms, source)
    if not by_id:
        raise KnowledgeBaseError(f"{', '.join(map(str, source.paths))}: no term with an id was found; check the file.")
    older = _older(by_id.values())
    prefixes = {prefix.upper() for prefix in chosen(only)}
    subtree = _subtree(by_id, chosen(under))
    for term in by_id.values():
        if reason := _against(term, prefixes, subtree):
            source.skip(reason, f"{term.term_id} {term.name!r}")
            continue
        left_out = [name for name, scope in term.synonyms if scope not in wanted]
        for name in left_out:
            source.skip("synonyms of another scope", f"{term.term_id} {name!r}")
        synonyms = distinct((name for name, scope in term.synonyms if scope in wanted), but=term.name)
        yield Concept(
            term.term_id,
            term.name,
            synonyms,
            distinct([*term.alt_ids, *older.get(term.term_id, ())], but=term.term_id),
            tuple(chosen(as_type)),
            term.definition,
            distinct(term.xrefs),
            distinct(term.parents),
            known(term.languages.get(name, "") for name in (term.name, *synonyms)),
        )


def curie(iri: str) -> str:
    """`HP:0000118` for `http://purl.obolibrary.org/obo/HP_0000118`; other texts stay."""
    found = _IRI.match(iri)
    return f"{found[1]}:{found[2]}" if found else iri


def _merged(terms: Iterable[Term], source: Source) -> dict[str, Term]:
    by_id: dict[str, Term] = {}
    for term in terms:
        if term.term_id in by_id:
            first = by_id[term.term_id]
            if term.name and first.name and term.name != first.name:
                source.skip("names of an id that has another one (now synonyms)", f"{term.term_id} {term.name!r}")
            first.add(term)
        elif term.term_id:
            by_id[term.term_id] = term
    return by_id


def _older(terms: Iterable[Term]) -> dict[str, list[str]]:
    """Term -> the obsolete ones that it replaces."""
    found: dict[str, list[str]] = {}
    for term in terms:
        for new in term.replaced_by if term.is_obsolete else ():
            found.setdefault(new, []).append(term.term_id)
    return found


def _subtree(by_id: Mapping[str, Term], roots: frozenset[str]) -> set[str] | None:
    """The terms below some, themselves too; None for all. A circle of parents is no trouble."""
    if not roots:
        return None
    if unknown := sorted(roots - by_id.keys()):
        raise KnowledgeBaseError(f"under: there is no term {', '.join(unknown)}; ids look like {next(iter(by_id))}.")
    children: dict[str, list[str]] = {}
    for term in by_id.values():
        for parent in term.parents:
            children.setdefault(parent, []).append(term.term_id)
    found, waiting = set(roots), list(roots)
    while waiting:
        fresh = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found


def _against(term: Term, prefixes: set[str], subtree: set[str] | None) -> str:
    if term.is_obsolete:
        return "obsolete terms"
    if prefixes and term.term_id.partition(":")[0].upper() not in prefixes:
        return "terms of other ontologies"
    if subtree is not None and term.term_id not in subtree:
        return "terms outside the subtree"
    return "" if term.name else "terms without a name"
