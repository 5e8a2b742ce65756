"""Hold the starter knowledge base against MeSH: ids, headings and names; exit 1 on an error.

`--mesh` is the table of descriptors (id, heading, entry terms). `--more` files (JSONL with `id` and `names`) add what
that table lacks: supplementary records (C ids) and further synonyms. They confirm names; they are not an authority on
descriptors. Each name is then one of:

- confirmed: a name that MeSH gives to this id;
- variant: such a name in another spelling, number or word order ("oedema" for "edema");
- own: ours alone (mostly abbreviations and brands), which MeSH gives to no other concept;
- an error: a name that MeSH gives to another concept only.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from angel_spacy.kb.concept import Concept
from angel_spacy.kb.normalise import normalise_v1
from angel_spacy.kb.readers import FORMATS, Source

CONCEPTS = Path(__file__).resolve().parent.parent / "angel_spacy" / "starter" / "concepts"
_BRITISH = (("oe", "e"), ("ae", "e"), ("our", "or"), ("sulph", "sulf"), ("isation", "ization"))

Names = dict[str, set[str]]


def main() -> int:
    """Print the report (and write it as JSON); 1 when there is an error."""
    args = _arguments()
    concepts = [
        concept for path in sorted(args.concepts.glob("*.jsonl")) for concept in FORMATS["jsonl"].read(Source(path))
    ]
    descriptors = {concept.concept_id: concept for concept in FORMATS["mesh-tsv"].read(Source(args.mesh))}
    more = [concept for path in args.more for concept in FORMATS["jsonl"].read(Source(path))]
    report = check(concepts, descriptors, more)
    _print(report)
    if args.output:
        args.output.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 1 if report["errors"] else 0


def check(concepts: list[Concept], descriptors: dict[str, Concept], more: Iterable[Concept]) -> dict[str, Any]:
    """Counts, the names of our own, and the errors."""
    known = _known_names((*descriptors.values(), *more))
    owners = _owners(descriptors.values())
    kinds: Counter[str] = Counter()
    own, errors, unchecked = [], [], []
    for concept in concepts:
        if concept.concept_id.startswith("C") and concept.concept_id not in known:
            unchecked.append(f"{concept.concept_id} {concept.name}")
            continue
        errors += _identity_errors(concept, descriptors, known)
        for name in concept.names:
            kind = _kind(concept.concept_id, name, known, owners)
            kinds[kind] += 1
            if kind == "own":
                own.append(f"{concept.name} | {name}")
            if kind == "error":
                others = ", ".join(f"{other} {descriptors[other].name}" for other in sorted(owners[normalise_v1(name)]))
                errors.append(f"{concept.concept_id} {concept.name}: {name!r} is a name of {others}; remove it here")
    return {
        "concepts": len(concepts),
        "by_type": dict(Counter(kind for concept in concepts for kind in concept.types)),
        "names": sum(len(concept.names) for concept in concepts),
        "confirmed": kinds["confirmed"],
        "variants": kinds["variant"],
        "own": own,
        "unchecked": unchecked,
        "definitions": sum(bool(concept.definition) for concept in concepts),
        "errors": errors,
    }


def fold_spelling(name: str) -> str:
    """A name without what makes a trivial variant: British spelling, plural "s", order of the words."""
    text = normalise_v1(name)
    for british, american in _BRITISH:
        text = text.replace(british, american)
    return " ".join(sorted(re.sub(r"(?<=\w\w\w)(?<!s)s$", "", word) for word in text.split()))


def _identity_errors(concept: Concept, descriptors: dict[str, Concept], known: Names) -> list[str]:
    """What is wrong with the id or the first name of a concept."""
    descriptor = descriptors.get(concept.concept_id)
    label = f"{concept.concept_id} {concept.name}"
    if descriptor and concept.name != descriptor.name:
        return [f"{label}: the heading is {descriptor.name!r}; write it first"]
    if concept.concept_id not in known:
        return [f"{label}: no such id in MeSH; look the heading up"]
    if normalise_v1(concept.name) not in known[concept.concept_id]:
        return [f"{label}: not a name of that record; look the id up"]
    return []


def _kind(concept_id: str, name: str, known: Names, owners: Names) -> str:
    normalised = normalise_v1(name)
    if normalised in known.get(concept_id, ()):
        return "confirmed"
    if owners.get(normalised):
        return "error"
    return "variant" if fold_spelling(name) in map(fold_spelling, known.get(concept_id, ())) else "own"


def _known_names(concepts: Iterable[Concept]) -> Names:
    """Concept id to its normalised names, over all sources."""
    names: Names = defaultdict(set)
    for concept in concepts:
        names[concept.concept_id].update(map(normalise_v1, concept.names))
    return names


def _owners(concepts: Iterable[Concept]) -> Names:
    """Normalised name to the ids that bear it."""
    owners: Names = defaultdict(set)
    for concept in concepts:
        for name in concept.names:
            owners[normalise_v1(name)].add(concept.concept_id)
    return owners


def _print(report: dict[str, Any]) -> None:
    types = ", ".join(f"{count} {kind}" for kind, count in report["by_type"].items())
    sound = report["confirmed"] + report["variants"]
    print(f"{report['concepts']} concepts ({types}), {report['definitions']} with a definition")
    print(f"{report['names']} names: {report['confirmed']} confirmed by MeSH, {report['variants']} trivial variants")
    print(f"  together {sound / report['names']:.1%}; {len(report['own'])} of our own:")
    print("\n".join(f"    {name}" for name in report["own"]))
    print(f"{len(report['unchecked'])} supplementary records that no --more file holds")
    print(f"{len(report['errors'])} errors")
    print("\n".join(f"  {error}" for error in report["errors"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mesh", type=Path, required=True, help="MeSH descriptors: id, heading, entry terms (TSV)")
    parser.add_argument("--more", type=Path, action="append", default=[], help="JSONL with more ids and names")
    parser.add_argument("--concepts", type=Path, default=CONCEPTS, help="folder with the starter's JSONL files")
    parser.add_argument("--output", type=Path, help="write the report here as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
