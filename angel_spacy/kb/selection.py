"""A part of a knowledge base: concepts by type, by the tree that they stand in, by prefix; names by language."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from ..errors import ConfigError
from .concept import Concept
from .identifiers import canonical_prefix, with_prefix
from .knowledge_base import KnowledgeBase


def filtered(
    kb: KnowledgeBase,
    *,
    types: Iterable[str] = (),
    under: Iterable[str] = (),
    prefixes: Iterable[str] = (),
    without: Iterable[str] = (),
    languages: Iterable[str] = (),
) -> KnowledgeBase:
    """The concepts with one of these `types` (`*` stands for anything), below or equal to one `under` ids, whose id has
    one of these `prefixes`; none of these asks for nothing. `without`: ids that go, with all that stands below them.

    With `languages`, names that are known to be of others alone go (`en` stands for `en-GB` too), and concepts that
    have no other names. Raises ConfigError for an id that is not there and when nothing is left.
    """
    wanted, of = tuple(types), {canonical_prefix(prefix) for prefix in prefixes}
    spoken = frozenset(one.lower() for one in languages)
    inside, outside = _subtrees(kb, under), _subtrees(kb, without)

    def fits(row: int, concept: Concept) -> bool:
        return (
            (not wanted or any(fnmatchcase(own, pattern) for own in concept.types for pattern in wanted))
            and (not of or with_prefix(concept.concept_id, kb.prefixes).partition(":")[0] in of)
            and (not inside or row in inside)
            and row not in outside
        )

    fitting = (concept for row, concept in enumerate(kb.concepts) if fits(row, concept))
    kept = list(_in_languages(fitting, kb, spoken) if spoken else fitting)
    if not kept:
        own = sorted({one for concept in kb.concepts for one in concept.types})
        raise ConfigError(f"No concept is like that. The knowledge base has the types {', '.join(own[:20]) or '-'}.")
    names = {(kb.normalise(name), concept.concept_id) for concept in kept for name in concept.names}
    seen = {pair: n for pair, n in kb.seen.items() if pair in names}
    provenance = replace(kb.provenance, source=f"part of {kb.provenance.source or 'a knowledge base'}")
    return KnowledgeBase(kept, normaliser=kb.normaliser, provenance=provenance, seen=seen, prefixes=kb.prefixes)


def _in_languages(concepts: Iterable[Concept], kb: KnowledgeBase, languages: frozenset[str]) -> Iterator[Concept]:
    """The concepts with those of their names that are in one of the languages, or in an unknown one."""
    for concept in concepts:
        names = [name for name in concept.languages_of_names() if not name[1] or _is_one_of(name[1], languages)]
        if any(kb.normalise(name) for name, _ in names):
            yield concept.with_names(names)


def _is_one_of(own: str, languages: frozenset[str]) -> bool:
    tags = own.lower().split()
    return any(tag in languages or tag.partition("-")[0] in languages for tag in tags)


def _subtrees(kb: KnowledgeBase, ids: Iterable[str]) -> set[int]:
    """The rows of these concepts and of all below them; circles of parents are no trouble."""
    waiting = []
    for one in ids:
        row = kb.resolve(one)
        if row is None:
            raise ConfigError(f"There is no concept {one}: ids look like {next(kb.concepts).concept_id}.")
        waiting.append(row)
    if not waiting:
        return set()
    children: defaultdict[int, list[int]] = defaultdict(list)
    for row, concept in enumerate(kb.concepts):
        for parent in kb.rows(concept.parents):
            children[parent].append(row)
    found = set(waiting)
    while waiting:
        fresh = [child for child in children[waiting.pop()] if child not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found
