"""A knowledge base with the names that other vocabularies have for its concepts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from .knowledge_base import KnowledgeBase
from .lexica import tied


def enriched(kb: KnowledgeBase, lexica: Iterable[KnowledgeBase]) -> KnowledgeBase:
    """A copy in which each concept also has the names of the lexica's entries that are tied to it.

    A name that the KB knows, or that would go to two concepts, is left out: nothing becomes ambiguous. The provenance
    names the lexica and their licences. What was seen in annotated text is kept.
    """
    own = [kb.names_of(row) for row in range(len(kb))]
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)  # normalised name -> row -> as it is spelled
    lexica = list(lexica)
    for lexicon in lexica:
        spelled = [{kb.normalise(name): name for name in concept.names} for concept in lexicon.concepts]
        entries = tied(own, [list(filter(None, one)) for one in spelled])
        for (row, names), spelling in zip(entries, spelled, strict=True):
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
