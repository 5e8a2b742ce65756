"""Further names for training, as one lexicon: other vocabularies -> JSONL that `angel kb build jsonl` reads.

python scripts/name_pack.py assets/names.jsonl assets/names/mesh_2025.jsonl assets/names/unii.jsonl

The vocabularies are mesh_2025, open_ontologies, unii and icd10cm_2026 (gzip or not): a concept a line, `id`, `names`
and, for MeSH, `tree` and `mapped_to`. Written are the names that a text might use, and as type the
kind of thing that the vocabulary says its concept is: see `angel_spacy.models.name_encoder.KINDS`.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from angel_spacy.files import numbered_lines, whole

LONGEST = 80  # characters of a name
_OF_TREES = {"C": "disease", "D": "chemical", "B": "organism", "A": "anatomy"}  # MeSH's first letters
_DISEASE_ONTOLOGIES = ("MONDO", "DOID", "HP")
_INJURIES = "S"  # chapters of ICD-10-CM from here on are causes and circumstances

Record = dict[str, Any]


def mesh_kinds(records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    """Descriptors by their trees, mental disorders (F03) as diseases; the others as what they are mapped to."""
    records = list(records)
    of_id = {one["id"]: _of_tree(one["tree"]) for one in records if one.get("tree")}
    for one in records:
        mapped = Counter(of_id[other] for other in one.get("mapped_to", ()) if other in of_id)
        yield one, of_id.get(one["id"]) or (mapped.most_common(1)[0][0] if mapped else "")


def _of_tree(numbers: list[str]) -> str:
    kinds = ["disease" if number.startswith("F03") else _OF_TREES.get(number[0], "other") for number in numbers]
    return "disease" if "disease" in kinds else Counter(kinds).most_common(1)[0][0]


def ontology_kinds(records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    """Those of disease and phenotype ontologies as diseases."""
    for one in records:
        yield one, "disease" if one["id"].partition(":")[0] in _DISEASE_ONTOLOGIES else ""


def substances(records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    """All are chemicals; the first is the header of the table."""
    for one in records:
        if one["names"][0] != "Display Name":
            yield one, "chemical"


def icd_kinds(records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    """The chapters on diseases."""
    for one in records:
        yield one, "disease" if one["id"].partition(":")[2][0] < _INJURIES else ""


PACKS: dict[str, Callable[[Iterable[Record]], Iterator[tuple[Record, str]]]] = {
    "mesh_2025": mesh_kinds,
    "open_ontologies": ontology_kinds,
    "unii": substances,
    "icd10cm_2026": icd_kinds,
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="JSONL file to write")
    parser.add_argument("sources", type=Path, nargs="+", help=f"files named {', '.join(PACKS)}")
    options = parser.parse_args()
    with whole(options.output) as fresh, fresh.open("w", encoding="utf8") as output:
        for source in options.sources:
            records = (json.loads(line) for _, line in numbered_lines(source) if line)
            n = sum(output.write(line) > 0 for line in _lines(PACKS[source.name.partition(".")[0]](records)))
            print(f"{source}: {n:,} concepts")


def _lines(records: Iterable[tuple[Record, str]]) -> Iterator[str]:
    for one, kind in records:
        if names := [name for name in one["names"] if 2 < len(name) <= LONGEST]:
            yield json.dumps({"id": one["id"], "names": names, "types": [kind] if kind else []}) + "\n"


if __name__ == "__main__":
    main()
