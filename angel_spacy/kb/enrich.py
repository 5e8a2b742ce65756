"""A knowledge base with the names that other vocabularies have for its concepts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from .identifiers import fold_id, with_prefix
from .knowledge_base import KnowledgeBase
from .lexica import tied


def enriched(kb: KnowledgeBase, lexica: Iterable[KnowledgeBase]) -> KnowledgeBase:
    """A copy in which each concept also has the names of the lexica's entries that are tied to it: by an id or by a
    cross-reference, where those of the entry lead to one concept and no other entry's lead there; else by names.

    A name that the KB knows, or that would go to two concepts, is left out: nothing becomes ambiguous. The provenance
    names the lexica and their licences. What was seen in annotated text is kept.
    """
    own = [kb.names_of(row) for row in range(len(kb))]
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)  # normalised name -> row -> as it is spelled
    lexica = list(lexica)
    for lexicon in lexica:
        spelled = [{kb.normalise(name): name for name in concept.names} for concept in lexicon.concepts]
        entries = tied(own, [list(filter(None, one)) for one in spelled])
        referred = _by_reference(kb, lexicon)
        for i, ((row, names), spelling) in enumerate(zip(entries, spelled, strict=True)):
            if i in referred:
                row, names = referred[i], [name for name in spelling if name and not kb.rows_of(name)]
            if row is not None:
                for name in names:
                    found[name].setdefault(row, spelling[name])
    more: defaultdict[int, list[str]] = defaultdict(list)
    for rows in found.values():
        if len(rows) == 1:
            ((row, name),) = rows.items()
            more[row].append(name)
    concepts = (
        replace(concept, synonyms=(*concept.synonyms, *more.get(row, ()))) for row, concept in enumerate(kb.concepts)
    )
    provenances = [kb.provenance, *(lexicon.provenance for lexicon in lexica)]
    provenance = replace(
        kb.provenance,
        source=" + names of ".join(one.source or "a vocabulary without provenance" for one in provenances),
        licence="; ".join(dict.fromkeys(one.licence for one in provenances if one.licence)),
    )
    return KnowledgeBase(concepts, normaliser=kb.normaliser, provenance=provenance, seen=kb.seen, prefixes=kb.prefixes)


def _by_reference(kb: KnowledgeBase, lexicon: KnowledgeBase) -> dict[int, int]:
    """Number of an entry -> the row that its id or its cross-references, or those of that row's concept, lead to."""
    referring: defaultdict[str, set[int]] = defaultdict(set)  # id of an entry -> rows whose concepts name it
    for row, concept in enumerate(kb.concepts):
        for xref in concept.xrefs:
            referring[fold_id(xref)].add(row)
    found: dict[int, int] = {}
    entries_of: defaultdict[int, list[int]] = defaultdict(list)
    for i, entry in enumerate(lexicon.concepts):
        ids = [with_prefix(one, lexicon.prefixes) for one in (entry.concept_id, *entry.alt_ids)]
        rows = {*kb.rows((*ids, *entry.xrefs)), *(row for one in ids for row in referring.get(fold_id(one), ()))}
        if len(rows) == 1:
            (found[i],) = rows
        for row in rows:
            entries_of[row].append(i)
    return {i: row for i, row in found.items() if len(entries_of[row]) == 1}
