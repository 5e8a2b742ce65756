"""Ontologies in OWL and thesauri in SKOS, in any form that rdflib reads (RDF/XML, Turtle, N-Triples, JSON-LD)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ... import files
from ...errors import KnowledgeBaseError, MissingExtraError
from ..concept import Concept, languages_by_name
from .ontology import BROAD, EXACT, NARROW, RELATED, Term, concepts_of, curie
from .source import Source, chosen

_OBO_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"
_REPLACED_BY = "http://purl.obolibrary.org/obo/IAO_0100001"
_DEFINITION = "http://purl.obolibrary.org/obo/IAO_0000115"
_JSON_LD = "json-ld"
_FORMATS = {
    ".owl": "xml",
    ".rdf": "xml",
    ".xml": "xml",
    ".ttl": "turtle",
    ".nt": "nt",
    ".jsonld": _JSON_LD,
    ".json": _JSON_LD,
}


def read_owl(
    source: Source, *, languages: str = "en", scopes: str = EXACT, only: str = "", under: str = "", as_type: str = ""
) -> Iterator[Concept]:
    """The classes of an ontology, labels in `languages` or without one; for the options see `ontology.concepts_of`."""
    graph = _graph(source)
    terms = _owl_terms(graph, source, chosen(languages))
    return concepts_of(terms, source, scopes=scopes, only=only, under=under, as_type=as_type)


def read_skos(
    source: Source, *, languages: str = "en", only: str = "", under: str = "", as_type: str = ""
) -> Iterator[Concept]:
    """The concepts of a thesaurus: preferred, alternative and hidden labels in `languages` or without one."""
    graph = _graph(source)
    return concepts_of(
        _skos_terms(graph, source, chosen(languages)), source, scopes=EXACT, only=only, under=under, as_type=as_type
    )


def _graph(source: Source) -> Any:
    try:
        from rdflib import Graph
    except ImportError as error:
        raise MissingExtraError('OWL and SKOS are read by rdflib: pip install "angel-spacy[kb]"') from error
    graph = Graph()
    for path in source.paths:
        try:
            content = files.read_whole(path)
            if _format(path) == _JSON_LD:
                _check_contexts(json.loads(content))
            graph.parse(_AtOnce(content), format=_format(path))
        except files.UNREADABLE as error:
            raise KnowledgeBaseError(f"Cannot read {path} ({error}); check the path.") from error
        except Exception as error:  # each of rdflib's parsers has its own
            raise KnowledgeBaseError(
                f"{path}: rdflib cannot read it as {_format(path)} ({error}); check the file."
            ) from error
    return graph


class _AtOnce(io.BytesIO):
    """Given whole: a parser of XML may look again at all that it has whenever more comes."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read()


def _check_contexts(value: Any) -> None:
    """Raises ValueError for JSON-LD that names a context elsewhere: rdflib would fetch it, from the net or the disk."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            context = one.get("@context", ())
            named = [each for each in (context if isinstance(context, list) else [context]) if isinstance(each, str)]
            if "@import" in one or named:
                raise ValueError(f"its context is elsewhere ({named or one['@import']!r}); write it into the file")
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _format(path: Path) -> str:
    return _FORMATS.get(Path(files.unpacked_name(path)).suffix.lower(), "xml")


def _owl_terms(graph: Any, source: Source, languages: frozenset[str]) -> Iterator[Term]:
    from rdflib import OWL, RDF, RDFS, SKOS, URIRef

    version = next(graph.objects(None, OWL.versionInfo), None) or next(graph.objects(None, OWL.versionIRI), "")
    source.version = source.version or str(version)
    scopes = {f"has{scope.title()}Synonym": scope for scope in (EXACT, BROAD, NARROW, RELATED)}
    for node in graph.subjects(RDF.type, OWL.Class):
        if not isinstance(node, URIRef):
            continue
        texts = _Texts(graph, node, languages, source)
        labels = texts.of(RDFS.label, SKOS.prefLabel)
        synonyms = [(text, scope) for name, scope in scopes.items() for text in texts.of(URIRef(_OBO_IN_OWL + name))]
        also = texts.of(SKOS.altLabel)
        yield Term(
            curie(str(node)),
            labels[0] if labels else "",
            [*((text, EXACT) for text in (*labels[1:], *also)), *synonyms],
            texts.definition(URIRef(_DEFINITION), SKOS.definition),
            [str(one) for one in graph.objects(node, URIRef(_OBO_IN_OWL + "hasAlternativeId"))],
            [str(one) for one in graph.objects(node, URIRef(_OBO_IN_OWL + "hasDbXref"))],
            [curie(str(one)) for one in graph.objects(node, RDFS.subClassOf) if isinstance(one, URIRef)],
            [curie(str(one)) for one in graph.objects(node, URIRef(_REPLACED_BY))],
            any(str(one).lower() == "true" for one in graph.objects(node, OWL.deprecated)),
            texts.languages,
        )


def _skos_terms(graph: Any, source: Source, languages: frozenset[str]) -> Iterator[Term]:
    from rdflib import OWL, RDF, SKOS

    for node in graph.subjects(RDF.type, SKOS.Concept):
        texts = _Texts(graph, node, languages, source)
        labels, others = texts.of(SKOS.prefLabel), texts.of(SKOS.altLabel, SKOS.hiddenLabel)
        codes = [str(one) for one in graph.objects(node, SKOS.notation)]
        yield Term(
            curie(str(node)),
            labels[0] if labels else "",
            [(text, EXACT) for text in (*labels[1:], *others)],
            texts.definition(SKOS.definition),
            codes,
            [curie(str(one)) for one in graph.objects(node, SKOS.exactMatch)],
            [curie(str(one)) for one in graph.objects(node, SKOS.broader)],
            is_obsolete=any(str(one).lower() == "true" for one in graph.objects(node, OWL.deprecated)),
            languages=texts.languages,
        )


class _Texts:
    """The texts of a node in some languages or without one; `en` is `en-GB` too."""

    def __init__(self, graph: Any, node: Any, wanted: frozenset[str], source: Source) -> None:
        self._found: list[tuple[str, str]] = []
        self._graph, self._node, self._wanted, self._source = graph, node, wanted, source

    @property
    def languages(self) -> dict[str, str]:
        """Those of each text that `of` gave so far."""
        return languages_by_name(self._found)

    def of(self, *properties: Any) -> list[str]:
        """The values of the properties; those of one are sorted, as a graph has no order."""
        return [text for each in properties for text in self._values(each, told=True)]

    def definition(self, *properties: Any) -> str:
        """The first value of the properties; what is left out of them is not told, as it is no name."""
        return next((text for each in properties for text in self._values(each, told=False)), "")

    def _values(self, property_: Any, *, told: bool) -> Iterator[str]:
        for value in sorted(self._graph.objects(self._node, property_), key=str):
            text, language = str(value), getattr(value, "language", None) or ""
            if self._wanted and language and self._wanted.isdisjoint((language, language.split("-")[0])):
                if told:
                    self._source.skip(f"names in another language ({language})", f"{curie(str(self._node))} {text!r}")
            else:
                self._found.append((text, language))
                yield text
