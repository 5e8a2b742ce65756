"""Ontologies in OWL and thesauri in SKOS, in any form that rdflib reads (RDF/XML, Turtle, N-Triples, JSON-LD)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ... import files
from ...errors import KnowledgeBaseError, MissingExtraError
from ..concept import Concept
from .ontology import BROAD, EXACT, NARROW, RELATED, Term, concepts_of, curie
from .source import Source, chosen

_OBO_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"
_REPLACED_BY = "http://purl.obolibrary.org/obo/IAO_0100001"
_DEFINITION = "http://purl.obolibrary.org/obo/IAO_0000115"
_FORMATS = {
    ".owl": "xml",
    ".rdf": "xml",
    ".xml": "xml",
    ".ttl": "turtle",
    ".nt": "nt",
    ".jsonld": "json-ld",
    ".json": "json-ld",
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
            with files.open_bytes(path) as file:
                graph.parse(io.BytesIO(file.read()), format=_format(path))
        except files.UNREADABLE as error:
            raise KnowledgeBaseError(f"Cannot read {path} ({error}); check the path.") from error
        except Exception as error:  # each of rdflib's parsers has its own
            raise KnowledgeBaseError(
                f"{path}: rdflib cannot read it as {_format(path)} ({error}); check the file."
            ) from error
    return graph


def _format(path: Path) -> str:
    return _FORMATS.get(Path(path.name.removesuffix(".gz")).suffix.lower(), "xml")


def _owl_terms(graph: Any, source: Source, languages: frozenset[str]) -> Iterator[Term]:
    from rdflib import OWL, RDF, RDFS, SKOS, URIRef

    version = next(graph.objects(None, OWL.versionInfo), None) or next(graph.objects(None, OWL.versionIRI), "")
    source.version = source.version or str(version)
    scopes = {f"has{scope.title()}Synonym": scope for scope in (EXACT, BROAD, NARROW, RELATED)}
    for node in graph.subjects(RDF.type, OWL.Class):
        if not isinstance(node, URIRef):
            continue
        labels = [*_texts(graph, node, (RDFS.label, SKOS.prefLabel), languages, source)]
        synonyms = [
            (text, scope)
            for name, scope in scopes.items()
            for text in _texts(graph, node, (URIRef(_OBO_IN_OWL + name),), languages, source)
        ]
        also = _texts(graph, node, (SKOS.altLabel,), languages, source)
        yield Term(
            curie(str(node)),
            labels[0] if labels else "",
            [*((text, EXACT) for text in (*labels[1:], *also)), *synonyms],
            next(_texts(graph, node, (URIRef(_DEFINITION), SKOS.definition), languages, source), ""),
            [str(one) for one in graph.objects(node, URIRef(_OBO_IN_OWL + "hasAlternativeId"))],
            [str(one) for one in graph.objects(node, URIRef(_OBO_IN_OWL + "hasDbXref"))],
            [curie(str(one)) for one in graph.objects(node, RDFS.subClassOf) if isinstance(one, URIRef)],
            [curie(str(one)) for one in graph.objects(node, URIRef(_REPLACED_BY))],
            any(str(one).lower() == "true" for one in graph.objects(node, OWL.deprecated)),
        )


def _skos_terms(graph: Any, source: Source, languages: frozenset[str]) -> Iterator[Term]:
    from rdflib import OWL, RDF, SKOS

    for node in graph.subjects(RDF.type, SKOS.Concept):
        labels = list(_texts(graph, node, (SKOS.prefLabel,), languages, source))
        others = _texts(graph, node, (SKOS.altLabel, SKOS.hiddenLabel), languages, source)
        codes = [str(one) for one in graph.objects(node, SKOS.notation)]
        yield Term(
            curie(str(node)),
            labels[0] if labels else "",
            [(text, EXACT) for text in (*labels[1:], *others)],
            next(_texts(graph, node, (SKOS.definition,), languages, source), ""),
            codes,
            [curie(str(one)) for one in graph.objects(node, SKOS.exactMatch)],
            [curie(str(one)) for one in graph.objects(node, SKOS.broader)],
            is_obsolete=any(str(one).lower() == "true" for one in graph.objects(node, OWL.deprecated)),
        )


def _texts(
    graph: Any, node: Any, properties: tuple[Any, ...], languages: frozenset[str], source: Source
) -> Iterator[str]:
    """Values in one of the languages or without one; `en` is `en-GB` too. Sorted, as a graph has no order."""
    for each in properties:
        for value in sorted(graph.objects(node, each), key=str):
            language = getattr(value, "language", None)
            if not languages or not language or language.split("-")[0] in languages or language in languages:
                yield str(value)
            else:
                source.skip(f"names in another language ({language})", f"{curie(str(node))} {str(value)!r}")
