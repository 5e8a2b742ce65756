"""SNOMED CT: a snapshot in Release Format 2, the folder as it is distributed or its Snapshot part."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..concept import Concept, known, languages_by_name
from .source import Source, chosen, distinct, flag, rows

_FULL_NAME, _IS_A, _PREFERRED, _DEFINITION = (
    "900000000000003001",
    "116680003",
    "900000000000548007",
    "900000000000550004",
)
_TAG = re.compile(r"(?<!\s)\s*\(([^()]+)\)$")


def read_snomed(
    source: Source,
    *,
    language: str = "en",
    language_refset: str = "",
    tags: str = "",
    definitions: bool | str = True,
) -> Iterator[Concept]:
    """Active concepts with their active descriptions; types are the tags of the full names ("disorder", "substance").

    `language_refset`: an id such as 900000000000509007 (US) or 900000000000508004 (GB), whose preferred term comes
    first; "" takes any. `tags`: those that are wanted, "" for all; `language`: that of the files, "" for all.
    """
    concepts = source.find("*sct2_Concept_Snapshot*.txt")
    source.version = source.version or _date(concepts[0].name)
    active = {row["id"] for path in concepts for _, row in rows(path, "id", "active") if row["active"] == "1"}
    preferred = _preferred(source, language_refset)
    full: dict[str, tuple[str, str]] = {}
    names: dict[str, list[tuple[bool, str, str]]] = {}
    for path in source.find(f"*sct2_Description_Snapshot*-{language}*.txt"):
        for number, row in rows(path, "id", "active", "conceptid", "typeid", "term"):
            concept_id, term, tag = row["conceptid"], row["term"], row.get("languagecode", "")
            if row["active"] != "1" or concept_id not in active:
                source.skip("inactive concepts and descriptions", f"{concept_id} {term!r}", path, number)
            elif row["typeid"] == _FULL_NAME:
                full[concept_id] = term, tag
            else:
                names.setdefault(concept_id, []).append((row["id"] in preferred, term, tag))
    told = _definitions(source, language) if flag(definitions) else {}
    parents = _parents(source)
    wanted = chosen(tags)
    for concept_id in sorted(active, key=lambda one: (len(one), one)):
        full_name, its_language = full.get(concept_id, ("", ""))
        found = _TAG.search(full_name)
        tag = found[1] if found else ""
        plain = _TAG.sub("", full_name)
        own = sorted(names.get(concept_id, ()), key=lambda one: not one[0])
        if not plain and not any(term for _, term, _ in own):
            source.skip("concepts without a description in this language", concept_id)
        elif wanted and tag not in wanted:
            source.skip(f"another tag ({tag or 'none'})", f"{concept_id} {plain!r}")
        else:
            spoken = languages_by_name([*((term, language_) for _, term, language_ in own), (plain, its_language)])
            name, *others = distinct(spoken)
            types = (tag,) if tag else ()
            yield Concept(
                concept_id,
                name,
                tuple(others),
                (),
                types,
                told.get(concept_id, ""),
                (),
                tuple(parents.get(concept_id, ())),
                known(spoken[one] for one in (name, *others)),
            )


def _preferred(source: Source, refset: str) -> set[str]:
    """Descriptions that a language reference set prefers."""
    paths = source.find("*der2_cRefset_*Language*Snapshot*.txt", needed=bool(refset))
    return {
        row["referencedcomponentid"]
        for path in paths
        for _, row in rows(path, "active", "refsetid", "referencedcomponentid", "acceptabilityid")
        if row["active"] == "1" and row["acceptabilityid"] == _PREFERRED and refset in ("", row["refsetid"])
    }


def _definitions(source: Source, language: str) -> dict[str, str]:
    paths = source.find(f"*sct2_TextDefinition_Snapshot*-{language}*.txt", needed=False)
    all_rows = (row for path in paths for _, row in rows(path, "active", "conceptid", "term", "typeid"))
    return {row["conceptid"]: row["term"] for row in all_rows if row["active"] == "1" and row["typeid"] == _DEFINITION}


def _parents(source: Source) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in source.find("*sct2_Relationship_Snapshot*.txt", needed=False):
        for _, row in rows(path, "active", "sourceid", "destinationid", "typeid"):
            if row["active"] == "1" and row["typeid"] == _IS_A:
                found.setdefault(row["sourceid"], []).append(row["destinationid"])
    return found


def _date(name: str) -> str:
    found = re.search(r"\d{8}", name)
    return found[0] if found else ""
