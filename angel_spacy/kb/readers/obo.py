"""Ontologies in OBO (flat files of 1.2 and 1.4) and OBO Graphs (JSON).

Read line by line with what our fields need: of a published file that breaks the rules of the format somewhere
(DOID of 2016 has a comma in the wrong place), all other lines are good.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import KnowledgeBaseError
from ..concept import Concept
from .ontology import EXACT, RELATED, SCOPES, Term, concepts_of, curie
from .source import Source, numbered_lines

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*([A-Z]*)')
_ESCAPE = re.compile(r"\\(.)")
_AFTER = re.compile(r"(?<!\s)\s+(?:!|\{).*$")  # a comment, or qualifiers

_HAS_SYNONYM = re.compile(r"has(Exact|Broad|Narrow|Related)Synonym$")


def read_obo(
    source: Source, *, scopes: str = EXACT, only: str = "", under: str = "", as_type: str = ""
) -> Iterator[Concept]:
    """The terms of an OBO file; for the options see `ontology.concepts_of`."""
    return concepts_of(_terms(source), source, scopes=scopes, only=only, under=under, as_type=as_type)


def read_obograph(
    source: Source, *, scopes: str = EXACT, only: str = "", under: str = "", as_type: str = ""
) -> Iterator[Concept]:
    """The classes of an OBO Graphs file (`hp.json`); for the options see `ontology.concepts_of`."""
    return concepts_of(_nodes(source), source, scopes=scopes, only=only, under=under, as_type=as_type)


def _terms(source: Source) -> Iterator[Term]:
    path, term, in_header = source.path, None, True
    for number, line in numbered_lines(path):
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            if term is not None:
                yield _with_id(term, path, number)
            term, in_header = (Term("") if text == "[Term]" else None), False
        elif ":" in text and not text.startswith("!"):
            tag, _, value = text.partition(":")
            if term is not None:
                _read(term, tag.strip(), value.strip())
            elif in_header:
                _read_header(source, tag.strip(), value.strip())
        elif text and in_header and not text.startswith("!"):
            raise KnowledgeBaseError(f"{path}, line {number}: expected `tag: value`; is it an OBO file?")
    if term is not None:
        yield _with_id(term, path, number)


def _with_id(term: Term, path: Path, number: int) -> Term:
    if not term.term_id:
        raise KnowledgeBaseError(f"{path}, before line {number}: a [Term] without an id; give it one or remove it.")
    return term


def _read_header(source: Source, tag: str, value: str) -> None:
    if tag == "data-version":
        source.version = source.version or value
    elif tag == "date":
        source.date = source.date or value


def _read(term: Term, tag: str, value: str) -> None:
    plain = _AFTER.sub("", value)
    if tag == "id":
        term.term_id = plain
    elif tag == "name":
        term.name = _unescaped(value)
    elif tag == "synonym" or tag.endswith("_synonym"):  # `exact_synonym` in old files
        if found := _QUOTED.match(value):
            scope = found[2] or tag.partition("_")[0].upper()
            term.synonyms.append((_unescaped(found[1]), scope if scope in SCOPES else RELATED))
    elif tag == "def":
        found = _QUOTED.match(value)
        term.definition = _unescaped(found[1]) if found else ""
    elif tag == "is_obsolete":
        term.is_obsolete = plain == "true"
    elif tag in (lists := term.lists()):
        lists[tag].append(plain.split(" ")[0])


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: {"n": " ", "t": " ", "W": " "}.get(found[1], found[1]), text).strip()


def _nodes(source: Source) -> Iterator[Term]:
    path = source.path
    try:
        content = json.loads("\n".join(line for _, line in numbered_lines(path)))
        graphs = content["graphs"]
        for graph in graphs:
            meta = graph.get("meta") or {}
            source.version = source.version or _short(str(meta.get("version", "")))
            parents: dict[str, list[str]] = {}
            for edge in graph.get("edges", ()):
                if edge["pred"] == "is_a":
                    parents.setdefault(edge["sub"], []).append(curie(edge["obj"]))
            for node in graph.get("nodes", ()):
                if node.get("type", "CLASS") == "CLASS":
                    yield _term(node, parents.get(node["id"], []))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise KnowledgeBaseError(f"{path}: not an OBO Graphs file ({error!r}); is it `obo` or `owl`?") from error


def _term(node: dict[str, Any], parents: list[str]) -> Term:
    meta = node.get("meta") or {}
    values: dict[str, list[str]] = {}
    for one in meta.get("basicPropertyValues", ()):
        values.setdefault(one["pred"].rpartition("#")[2].rpartition("/")[2], []).append(one["val"])
    synonyms = [
        (one["val"], found[1].upper())
        for one in meta.get("synonyms", ())
        if isinstance(one["val"], str) and (found := _HAS_SYNONYM.search(one["pred"]))
    ]
    return Term(
        curie(node["id"]),
        str(node.get("lbl") or ""),
        synonyms,
        str((meta.get("definition") or {}).get("val", "")),
        [one for one in values.get("hasAlternativeId", ()) if isinstance(one, str)],
        [one["val"] for one in meta.get("xrefs", ()) if isinstance(one["val"], str)],
        parents,
        [curie(one) for one in values.get("IAO_0100001", ())],
        bool(meta.get("deprecated")),
    )


def _short(version: str) -> str:
    """The date or number within a version's address."""
    found = re.search(r"\d{4}-\d\d-\d\d|\d+(?:\.\d+)+", version)
    return found[0] if found else version
