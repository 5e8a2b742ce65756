"""Concept ids as sources write them: folded for comparison, split when composite, turned into a page's address."""

import re
from urllib.parse import quote

# MeSH and OMIM ids are unmistakable without their prefix; CTD writes Disease Ontology ids as "DO:DOID:123".
_REDUNDANT_PREFIX = re.compile(r"\s*(?:(?:MESH|OMIM)\s*:\s*|DO\s*:\s*(?=DOID\s*:))*", re.IGNORECASE)
_COMPOSITE = re.compile(r"[|+,]")
_VARIANT = re.compile(r"[a-z]\|[A-Z]+\|")  # tmVar's `c|SUB|G|304|A` is one id that contains bars
_NO_ID = {"", "-", "-1"}

# Bare ids by their shape: MeSH (descriptor, supplementary record, qualifier), OMIM, and UMLS's seven digits.
_PAGES = (
    (re.compile(r"[DCQ](\d{6}|\d{9})"), "https://meshb.nlm.nih.gov/record/ui?ui="),
    (re.compile(r"\d{6}"), "https://omim.org/entry/"),
    (re.compile(r"C\d{7}"), "https://bioregistry.io/umls:"),
    (re.compile(r"[^:]+:.+"), "https://bioregistry.io/"),
)


def fold_id(text: str) -> str:
    """The form in which ids compare: no MESH: or OMIM: prefix, any other prefix in capitals, no outer space."""
    if ":" not in text:
        return text.strip()
    prefix, colon, local = _REDUNDANT_PREFIX.sub("", text, count=1).partition(":")
    return f"{prefix.strip().upper()}:{local.strip()}" if colon else prefix.strip()


def split_ids(text: str) -> tuple[str, ...]:
    """The ids of a composite (`|`, `+` or `,` between them), each once, in order; none for "-1", "-" and ""."""
    if _VARIANT.match(text):
        return (text.strip(),)
    written = (part.strip() for part in _COMPOSITE.split(text))
    distinct: dict[str, str] = {}
    for concept_id in written:
        if concept_id not in _NO_ID:
            distinct.setdefault(fold_id(concept_id), concept_id)
    return tuple(distinct.values())


def concept_url(concept_id: str) -> str:
    """The page that describes a concept, or "" when the id's shape does not tell where that is."""
    folded = fold_id(concept_id)
    pages = (page for shape, page in _PAGES if shape.fullmatch(folded))
    page = next(pages, "")
    return page and page + quote(folded, safe=":")
