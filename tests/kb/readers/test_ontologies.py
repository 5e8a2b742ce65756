"""OBO, OBO Graphs, OWL and SKOS: the same few terms in each."""

import json

import pytest

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Source, read_kb

OBO = """format-version: 1.2
data-version: releases/2024-01-01
ontology: x

[Term]
id: X:1
name: disease ! of joints
def: "A \\"bad\\" thing." [PMID:1]

[Term]
id: X:2
name: gout
synonym: "podagra" EXACT []
synonym: "joint pain" BROAD []
synonym: "gouty arthritis" EXACT layperson [] {source="x"}
alt_id: X:20
xref: MESH:D006073 {source="y"}
is_a: X:1 ! disease

[Term]
id: X:3
name: old gout
is_obsolete: true
replaced_by: X:2

[Term]
id: Y:9
name: other
is_a: X:2

[Typedef]
id: part_of
name: part of
"""

GRAPH = {
    "graphs": [
        {
            "meta": {"version": "http://x/releases/2024-01-01/x.json"},
            "nodes": [
                {"id": "http://purl.obolibrary.org/obo/X_1", "lbl": "disease ! of joints", "type": "CLASS",
                 "meta": {"definition": {"val": 'A "bad" thing.'}}},
                {"id": "http://purl.obolibrary.org/obo/X_2", "lbl": "gout", "type": "CLASS", "meta": {
                    "synonyms": [
                        {"pred": "hasExactSynonym", "val": "podagra"},
                        {"pred": "hasBroadSynonym", "val": "joint pain"},
                        {"pred": "hasExactSynonym", "val": "gouty arthritis"},
                    ],
                    "xrefs": [{"val": "MESH:D006073"}],
                    "basicPropertyValues": [
                        {"pred": "http://www.geneontology.org/formats/oboInOwl#hasAlternativeId", "val": "X:20"}
                    ],
                }},
                {"id": "http://purl.obolibrary.org/obo/X_3", "lbl": "old gout", "type": "CLASS", "meta": {
                    "deprecated": True,
                    "basicPropertyValues": [{"pred": "http://purl.obolibrary.org/obo/IAO_0100001", "val": "X:2"}],
                }},
                {"id": "http://purl.obolibrary.org/obo/Y_9", "lbl": "other", "type": "CLASS"},
                {"id": "http://x/part_of", "lbl": "part of", "type": "PROPERTY"},
            ],
            "edges": [
                {"sub": "http://purl.obolibrary.org/obo/X_2", "pred": "is_a", "obj": "http://purl.obolibrary.org/obo/X_1"},
                {"sub": "http://purl.obolibrary.org/obo/Y_9", "pred": "is_a", "obj": "http://purl.obolibrary.org/obo/X_2"},
            ],
        }
    ]
}  # fmt: skip

OWL = """@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix oio: <http://www.geneontology.org/formats/oboInOwl#> .
<http://x> a owl:Ontology ; owl:versionInfo "2024-01-01" .
obo:X_1 a owl:Class ; rdfs:label "disease ! of joints"@en ; obo:IAO_0000115 "A \\"bad\\" thing." .
obo:X_2 a owl:Class ; rdfs:label "gout"@en, "Gicht"@de ; oio:hasExactSynonym "podagra", "gouty arthritis" ;
  oio:hasBroadSynonym "joint pain" ; oio:hasAlternativeId "X:20" ; oio:hasDbXref "MESH:D006073" ;
  rdfs:subClassOf obo:X_1 .
obo:X_3 a owl:Class ; rdfs:label "old gout" ; owl:deprecated true ; obo:IAO_0100001 obo:X_2 .
obo:Y_9 a owl:Class ; rdfs:label "other" ; rdfs:subClassOf obo:X_2 .
"""

FILES = {"obo": ("x.obo", OBO), "obograph": ("x.json", json.dumps(GRAPH)), "owl": ("x.ttl", OWL)}


@pytest.fixture(params=FILES)
def kind_and_file(request, tmp_path):
    if request.param == "owl":
        pytest.importorskip("rdflib")
    name, content = FILES[request.param]
    (tmp_path / name).write_text(content, encoding="utf8")
    return request.param, tmp_path / name


def test_a_term_comes_with_all_that_the_file_says(kind_and_file):
    kind, path = kind_and_file
    source = Source(path)
    kb = read_kb(kind, source)
    gout = kb["X:2"]
    assert (gout.name, sorted(gout.synonyms)) == ("gout", ["gouty arthritis", "podagra"])
    assert gout.alt_ids == ("X:20", "X:3")  # the obsolete term stands for what replaced it
    assert (gout.xrefs, gout.parents) == (("MESH:D006073",), ("X:1",))
    assert kb["X:1"].definition == 'A "bad" thing.'
    assert kb["X:1"].name in ("disease ! of joints", "disease")
    assert len(kb) == 3
    assert "2024-01-01" in kb.provenance.version
    assert source.skipped.counts["obsolete terms"] == 1
    assert source.skipped.counts["synonyms of another scope"] == 1


@pytest.mark.parametrize(
    ("options", "ids"),
    [({"only": "x"}, ["X:1", "X:2"]), ({"under": "X:2"}, ["X:2", "Y:9"]), ({"under": "Y:9,X:2", "only": "Y"}, ["Y:9"])],
)
def test_parts_of_an_ontology(kind_and_file, options, ids):
    kb = read_kb(kind_and_file[0], kind_and_file[1], **options)
    assert sorted(concept.concept_id for concept in kb.concepts) == ids


def test_scopes_and_a_type_can_be_told(kind_and_file):
    kb = read_kb(*kind_and_file, scopes="exact,broad", as_type="Disease")
    assert "joint pain" in kb["X:2"].synonyms
    assert kb["X:2"].types == ("Disease",)


def test_wrong_options_are_named(kind_and_file):
    with pytest.raises(KnowledgeBaseError, match="use some of EXACT"):
        read_kb(*kind_and_file, scopes="nearly")
    with pytest.raises(KnowledgeBaseError, match="there is no term Z:1; ids look like"):
        read_kb(*kind_and_file, under="Z:1")


def test_a_circle_of_parents_and_ids_that_come_twice(tmp_path):
    path = tmp_path / "x.obo"
    terms = "[Term]\nid: X:1\nname: a\nis_a: X:2\n\n[Term]\nid: X:2\nname: b\nis_a: X:1\n\n[Term]\nid: X:1\nname: c\n"
    path.write_text(terms)
    kb = read_kb("obo", path, under="X:1")
    assert len(kb) == 2
    assert kb["X:1"].names == ("a", "c")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[Term]\nname: gout\n", "a \\[Term\\] without an id"),
        ("hello\n", "expected `tag: value`; is it an OBO file"),
        ("", "no term with an id was found"),
    ],
)
def test_what_is_no_obo_file_is_said(tmp_path, content, complaint):
    path = tmp_path / "x.obo"
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match=complaint):
        read_kb("obo", path)


@pytest.mark.parametrize("content", ["[]", "{}", "nonsense", '{"graphs": [{"nodes": [{}]}]}'])
def test_what_is_no_graph_is_said(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match="not an OBO Graphs file"):
        read_kb("obograph", path)


SKOS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://x/c_1> a skos:Concept ; skos:prefLabel "gout"@en, "Gicht"@de ; skos:altLabel "podagra"@en ;
  skos:hiddenLabel "gowt"@en ; skos:notation "M10" ; skos:definition "Crystals."@en ; skos:broader <http://x/c_2> .
<http://x/c_2> a skos:Concept ; skos:prefLabel "disease"@en-GB .
"""


def test_a_thesaurus(tmp_path):
    pytest.importorskip("rdflib")
    path = tmp_path / "x.ttl"
    path.write_text(SKOS)
    source = Source(path)
    kb = read_kb("skos", source)
    gout = kb["c:1"]
    assert (gout.name, gout.synonyms, gout.alt_ids, gout.parents) == ("gout", ("podagra", "gowt"), ("M10",), ("c:2",))
    assert read_kb("skos", path, languages="de")["c:1"].name == "Gicht"
    both = read_kb("skos", path, languages="")["c:1"]
    assert sorted(both.languages_of_names()) == [("Gicht", "de"), ("gout", "en"), ("gowt", "en"), ("podagra", "en")]
    assert source.skipped.counts["names in another language (de)"] == 1
    assert kb["c:2"].name == "disease"


def test_rdf_that_cannot_be_read(tmp_path):
    pytest.importorskip("rdflib")
    path = tmp_path / "x.owl"
    path.write_text("<rdf:RDF")
    with pytest.raises(KnowledgeBaseError, match="rdflib cannot read it as xml"):
        read_kb("owl", path)
