r"""The starter's knowledge base: MeSH's diseases and chemicals, with the names that we wrote.

    python scripts/starter_kb.py --mesh kb/mesh --drugs kb/unii --texts abstracts.jsonl.gz --output kb/starter

`--mesh`: what `angel kb build mesh` made of descriptors and supplementary records. Of the records stay all diseases,
and of the chemicals those that the texts mention or whose first name is a name in `--drugs` (FDA's substances).
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from check_names import read as read_names

from angel_spacy.corpora.formats import read_articles
from angel_spacy.kb import Concept, KnowledgeBase, Provenance, read_kb
from angel_spacy.kb.merge import merged

ROOT = Path(__file__).resolve().parent.parent
CONCEPTS, NAMES = ROOT / "angel_spacy" / "starter" / "concepts", ROOT / "configs" / "names"
TYPES = ("Disease", "Chemical")
LONGEST_NAME = 80  # characters; longer ones are systematic, and nobody writes them in a sentence
_WORDS, _SHORTEST = 8, 4  # words of a name that is looked for in texts, characters


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mesh", type=Path, required=True, help="KB folder")
    parser.add_argument("--drugs", type=Path, required=True, help="KB folder")
    parser.add_argument("--texts", type=Path, required=True, help="articles, without annotations")
    parser.add_argument("--output", type=Path, required=True, help="KB folder to write")
    options = parser.parse_args()
    mesh = KnowledgeBase.from_disk(options.mesh)
    texts = (article.text for article in read_articles(options.texts, texts_only=True))
    chosen = list(selected(mesh, KnowledgeBase.from_disk(options.drugs), texts))
    kb = with_own_names(KnowledgeBase(chosen, normaliser=mesh.normaliser))
    kb.provenance = Provenance(
        source="MeSH, diseases and chemicals; names of the angel-spacy team",
        version=f"MeSH {mesh.provenance.version}",
        licence="MeSH: courtesy of the U.S. National Library of Medicine; our names: MIT",
    )
    kb.to_disk(options.output)
    counts = Counter(kind for concept in kb.concepts for kind in concept.types)
    print(f"{len(kb):,} concepts, {len(chosen):,} of MeSH, {dict(counts)}, {kb.n_names:,} names")


def selected(mesh: KnowledgeBase, drugs: KnowledgeBase, texts: Iterable[str]) -> Iterator[Concept]:
    """Diseases and chemicals of MeSH without their long names, definitions and cross-references."""
    wanted = [concept for concept in mesh.concepts if set(concept.types) & set(TYPES)]
    rare = [one for one in wanted if one.concept_id.startswith("C") and "Disease" not in one.types]
    mentioned = _mentioned(rare, mesh, texts)
    left_out = {one.concept_id for one in rare if one.concept_id not in mentioned and not drugs.rows_of(one.name)}
    for concept in wanted:
        if concept.concept_id not in left_out:
            names = [name for name in concept.names if len(name) <= LONGEST_NAME] or [concept.name]
            kinds = tuple(kind for kind in TYPES if kind in concept.types)
            yield Concept(concept.concept_id, names[0], tuple(names[1:]), concept.alt_ids, kinds)


def _mentioned(concepts: Iterable[Concept], mesh: KnowledgeBase, texts: Iterable[str]) -> set[str]:
    """Ids of the concepts one of whose names stands in a text."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for concept in concepts:
        for name in map(mesh.normalise, concept.names):
            if len(name) >= _SHORTEST and not name.isdecimal():
                owners[name].add(concept.concept_id)
    found: set[str] = set()
    for text in texts:
        words = mesh.normalise(text).split()
        for start in range(len(words)):
            for end in range(start + 1, min(start + _WORDS, len(words)) + 1):
                found |= owners.get(" ".join(words[start:end]), set())
    return found


def with_own_names(kb: KnowledgeBase) -> KnowledgeBase:
    """MeSH with our concepts and names; ids of ours that MeSH has given up stand for the concept with their names."""
    ours = [concept for path in sorted(CONCEPTS.glob("*.jsonl")) for concept in read_kb("jsonl", path).concepts]
    together, _ = merged([kb, KnowledgeBase(ours, normaliser=kb.normaliser)])
    names: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(NAMES.glob("*.tsv")):
        for entry in read_names(path):
            names[entry.concept_id] += entry.names
    concepts = []
    for concept in together.concepts:
        own = [name for one in (concept.concept_id, *concept.alt_ids) for name in names.get(_bare(one), ())]
        free = [name for name in own if not together.rows_of(name)]
        ids = tuple(map(_bare, concept.alt_ids))
        synonyms = (*concept.synonyms, *dict.fromkeys(free))
        concepts.append(replace(concept, concept_id=_bare(concept.concept_id), alt_ids=ids, synonyms=synonyms))
    return KnowledgeBase(concepts, normaliser=kb.normaliser)


def _bare(concept_id: str) -> str:
    return concept_id.removeprefix("MESH:")


if __name__ == "__main__":
    main()
