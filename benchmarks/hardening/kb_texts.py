# ruff: noqa: E501  the tables are as wide as they are
"""Small valid sources of every kind of knowledge base, made by hand."""

import json

from .mutation import Files

_DESC = """<?xml version="1.0"?>
<DescriptorRecordSet LanguageCode="eng">
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D1</DescriptorUI><DescriptorName><String>Joint Diseases</String></DescriptorName>
<TreeNumberList><TreeNumber>C05.550</TreeNumber></TreeNumberList>
<ConceptList><Concept PreferredConceptYN="Y"><ConceptUI>M1</ConceptUI><TermList><Term><String>Joint Diseases</String></Term></TermList>
</Concept></ConceptList></DescriptorRecord>
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D2</DescriptorUI><DescriptorName><String>Gout</String></DescriptorName>
<TreeNumberList><TreeNumber>C05.550.354</TreeNumber></TreeNumberList>
<ConceptList><Concept PreferredConceptYN="Y"><ConceptUI>M2</ConceptUI><ScopeNote>Crystals
 in joints.</ScopeNote><TermList><Term><String>Gout</String></Term><Term><String>Podagra</String></Term></TermList></Concept>
<Concept PreferredConceptYN="N"><ConceptUI>M3</ConceptUI><ScopeNote>no</ScopeNote><TermList><Term><String>Gouts</String></Term>
</TermList></Concept></ConceptList></DescriptorRecord>
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D3</DescriptorUI><DescriptorName><String>Abattoirs</String></DescriptorName>
<TreeNumberList><TreeNumber>J01.1</TreeNumber></TreeNumberList><ConceptList/></DescriptorRecord>
</DescriptorRecordSet>
"""

_SUPP = """<SupplementalRecordSet><SupplementalRecord SCRClass="3"><SupplementalRecordUI>C7</SupplementalRecordUI>
<SupplementalRecordName><String>Gout, Dwarf</String></SupplementalRecordName>
<HeadingMappedToList><HeadingMappedTo><DescriptorReferredTo><DescriptorUI>*D2</DescriptorUI></DescriptorReferredTo></HeadingMappedTo>
</HeadingMappedToList><ConceptList><Concept PreferredConceptYN="Y"><TermList><Term><String>Dwarf gout</String></Term></TermList>
</Concept></ConceptList></SupplementalRecord></SupplementalRecordSet>
"""

_ASCII = """*NEWRECORD
RECTYPE = D
MH = Joint Diseases
MN = C05.550
UI = D1

*NEWRECORD
RECTYPE = D
MH = Gout
PRINT ENTRY = Podagra|T047|NON|EQV
ENTRY = Gouts
MN = C05.550.354
MS = Crystals in joints.
UI = D2

*NEWRECORD
RECTYPE = D
MH = Abattoirs
MN = J01.1
UI = D3

*NEWRECORD
RECTYPE = C
NM = Gout, Dwarf
HM = *Gout
SY = Dwarf gout|NLM
UI = C7
"""

_OBO = """format-version: 1.2
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

_OWL = """@prefix owl: <http://www.w3.org/2002/07/owl#> .
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

_SKOS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://x/c_1> a skos:Concept ; skos:prefLabel "gout"@en, "Gicht"@de ; skos:altLabel "podagra"@en ;
  skos:hiddenLabel "gowt"@en ; skos:notation "M10" ; skos:definition "Crystals."@en ; skos:broader <http://x/c_2> .
<http://x/c_2> a skos:Concept ; skos:prefLabel "disease"@en-GB .
"""

_RDF_XML = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:owl="http://www.w3.org/2002/07/owl#">
<owl:Class rdf:about="http://purl.obolibrary.org/obo/X_1"><rdfs:label xml:lang="en">disease</rdfs:label></owl:Class>
<owl:Class rdf:about="http://purl.obolibrary.org/obo/X_2"><rdfs:label>gout</rdfs:label><rdfs:subClassOf rdf:resource="http://purl.obolibrary.org/obo/X_1"/></owl:Class></rdf:RDF>
"""

_JSON_LD = json.dumps(
    {
        "@context": {"skos": "http://www.w3.org/2004/02/skos/core#"},
        "@graph": [
            {"@id": "http://x/c_1", "@type": "skos:Concept", "skos:prefLabel": {"@value": "gout", "@language": "en"}}
        ],
    }
)

_GRAPH = {
    "graphs": [
        {
            "meta": {"version": "http://x/releases/2024-01-01/x.json"},
            "nodes": [
                {
                    "id": "http://purl.obolibrary.org/obo/X_1",
                    "lbl": "disease",
                    "type": "CLASS",
                    "meta": {"definition": {"val": "A thing."}},
                },
                {
                    "id": "http://purl.obolibrary.org/obo/X_2",
                    "lbl": "gout",
                    "type": "CLASS",
                    "meta": {
                        "synonyms": [{"pred": "hasExactSynonym", "val": "podagra"}],
                        "xrefs": [{"val": "MESH:D006073"}],
                        "basicPropertyValues": [
                            {"pred": "http://www.geneontology.org/formats/oboInOwl#hasAlternativeId", "val": "X:20"}
                        ],
                    },
                },
            ],
            "edges": [
                {
                    "sub": "http://purl.obolibrary.org/obo/X_2",
                    "pred": "is_a",
                    "obj": "http://purl.obolibrary.org/obo/X_1",
                }
            ],
        }
    ]
}

_SNOMED = {
    "sct2_Concept_Snapshot_INT_20240101.txt": "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n1\t2024\t1\t9\t9\n2\t2024\t1\t9\t9\n",
    "sct2_Description_Snapshot-en_INT_20240101.txt": "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
    "11\t2024\t1\t9\t2\ten\t900000000000003001\tGout (disorder)\t9\n12\t2024\t1\t9\t2\ten\t900000000000013009\tPodagra\t9\n15\t2024\t1\t9\t1\ten\t900000000000003001\tJoint disease (disorder)\t9\n",
    "sct2_Relationship_Snapshot_INT_20240101.txt": "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\n1\t2024\t1\t9\t2\t1\t0\t116680003\n",
    "der2_cRefset_LanguageSnapshot-en_INT_20240101.txt": "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId\na\t2024\t1\t9\t900000000000509007\t12\t900000000000548007\n",
}

_CONSO = "C0000001|ENG|P|L1|PF|S1|Y|A1||||MSH|MH|C|Gout|0|N|256|\nC0000001|GER|S|L1|PF|S1|Y|A1||||MSH|ET|C|Gicht|0|N|256|\nC0000004|ENG|P|L1|PF|S1|Y|A1||||RXNORM|IN|C|Aspirin|0|O|256|\n"
_UMLS = {
    "MRCONSO.RRF": _CONSO,
    "MRSTY.RRF": "C0000001|T047|B2|Disease or Syndrome|AT1||\n",
    "MRDEF.RRF": "C0000001|A1|AT1||MSH|Crystals in joints.|N||\n",
    "MRRANK.RRF": "0500|SNOMEDCT_US|PT|N|\n0400|MSH|MH|N|\n",
    "release.dat": "umls.release.name=2024AB\n",
}

_TAXONOMY = {
    "nodes.dmp": "1\t|\t1\t|\tno rank\t|\n9605\t|\t1\t|\tgenus\t|\n9606\t|\t9605\t|\tspecies\t|\n",
    "names.dmp": "9605\t|\tHomo\t|\t\t|\tscientific name\t|\n9606\t|\thuman\t|\t\t|\tgenbank common name\t|\n9606\t|\tHomo sapiens\t|\t\t|\tscientific name\t|\n",
    "merged.dmp": "77\t|\t9606\t|\n",
}

_CHEBI = {
    "compounds.tsv": "ID\tSTATUS\tCHEBI_ACCESSION\tSOURCE\tPARENT_ID\tNAME\tDEFINITION\tMODIFIED_ON\tCREATED_BY\tSTAR\n1\tC\tCHEBI:15365\tx\tnull\taspirin\tAcid.\tx\tx\t3\n2\tC\tCHEBI:2\tx\t1\tnull\tnull\tx\tx\t3\n",
    "names.tsv": "ID\tCOMPOUND_ID\tTYPE\tSOURCE\tNAME\tADAPTED\tLANGUAGE\n1\t1\tSYNONYM\tx\tacetylsalicylic acid\tF\ten\n",
}

_RXNORM = "123|ENG||||||1|1||||RXNORM|IN|123|aspirin||N|4096|\n123|ENG||||||1|1||||MTHSPL|SY|123|ASA||N|4096|\n"


def _file(name: str, text: str) -> Files:
    return {name: text.encode()}


def _files(texts: dict[str, str]) -> Files:
    return {name: text.encode() for name, text in texts.items()}


SOURCES: dict[str, list[Files]] = {
    "angel": [_file("target_kb.json", json.dumps({"D006073|X": ["Gout", "podagra"], "D2": ["fever"]}, indent=1))],
    "chebi": [_files(_CHEBI)],
    "ctd": [_file("a.tsv", "# Fields:\n# DiseaseName\tDiseaseID\tAltDiseaseIDs\tDefinition\tParentIDs\tSynonyms\n#\nGout\tMESH:D006073\tOMIM:1|OMIM:2\tCrystals.\tMESH:D1\tPodagra|Gouts\n")],
    "ctd-chemicals": [_file("a.tsv", "# Fields:\n# ChemicalName\tChemicalID\tCasRN\tDefinition\tParentIDs\tTreeNumbers\tSynonyms\n#\nAspirin\tMESH:D001241\t50-78-2\tAcid.\tMESH:D012459\tD02\tASA|Dispril\n")],
    "drugbank-open": [_file("a.csv", 'DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms,Standard InChI Key\nDB00945,APRD00264 | EXPT00475,"Acetylsalicylic acid",50-78-2,R16CO5Y76E,Aspirin | "ASA",BSYN\n')],
    "gilda": [_file("a.tsv", "norm_text\ttext\tdb\tid\tentry_name\tstatus\tsource\torganism\ngout\tGout\tMESH\tD006073\tGout\tname\tmesh\t\npodagra\tpodagra\tMESH\tD006073\tGout\tsynonym\tmesh\t\n")],
    "hgnc": [_file("a.txt", 'hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tuniprot_ids\nHGNC:1100\tBRCA1\tBRCA1 DNA repair associated\tApproved\t"RNF53|BRCC1"\t\t672\tP38398\n')],
    "jsonl": [_file("a.jsonl", '{"id": "D1", "names": ["Gout", "podagra"], "alt_ids": ["X"], "types": ["Disease"], "definition": "d", "xrefs": ["Y:1"], "parents": ["D2"], "languages": ["en", "de"]}\n{"id": "D2", "names": ["Fever"]}\n')],
    "medic": [_file("a.txt", "D006073|OMIM:1||Gout|Podagra|Gouts\nD005334||Fever\n")],
    "mesh": [_file("desc2025.xml", _DESC), _file("supp2025.xml", _SUPP), _file("d2025.bin", _ASCII), _file("a.tsv", "D006073\tGout\tPodagra|Gouts\tC05.550|C18\nC000001\tDwarf gout\t\tGout\n"), _file("a.jsonl", '{"id": "D1", "names": ["Gout", "podagra"], "tree": ["C05.550"]}\n{"id": "C7", "names": ["Dwarf gout"], "mapped_to": ["D1, D2"]}\n')],
    "mesh-tsv": [_file("a.tsv", "D006073\tGout\tPodagra|Gouts\nD005334\tFever\t\n")],
    "ncbi-gene": [_file("gene_info", "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tdescription\ttype_of_gene\tOther_designations\n9606\t672\tBRCA1\t-\tRNF53|BRCC1\tMIM:113705\tBRCA1 DNA repair associated\tprotein-coding\tbreast cancer 1\n10090\t12189\tBrca1\t-\t-\t-\tbreast cancer 1\tprotein-coding\t-\n")],
    "ncbi-taxonomy": [_files(_TAXONOMY)],
    "obo": [_file("a.obo", _OBO)],
    "obograph": [_file("a.json", json.dumps(_GRAPH))],
    "owl": [_file("a.ttl", _OWL), _file("a.owl", _RDF_XML)],
    "rxnorm": [{"RXNCONSO.RRF": _RXNORM.encode()}],
    "scispacy": [_file("a.jsonl", '{"concept_id": "C1", "canonical_name": "Gout", "aliases": ["Podagra", "Gout"], "types": ["T047"], "definition": "d"}\n')],
    "skos": [_file("a.ttl", _SKOS), _file("a.jsonld", _JSON_LD)],
    "snomed": [_files(_SNOMED)],
    "ssslm": [_file("a.tsv", "text\tcurie\tname\tpredicate\tsource\nGout\tMESH:D006073\tGout\trdfs:label\tmesh\npodagra\tMESH:D006073\tGout\toboInOwl:hasExactSynonym\tmesh\n")],
    "sssom": [_file("a.tsv", "# mapping_set_id: x\nsubject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\nMESH:D1\tGout\tskos:exactMatch\tDOID:13189\tgouty arthritis\n")],
    "table": [_file("a.csv", 'id,name,synonyms\nX:1,"Gout, acute",podagra|gouts\nX:2,R&amp;D,\n'), _file("a.jsonl", '{"id": "X:1", "name": ["Gout", "podagra"], "n": 1.0}\n{"id": 2, "name": "fever"}\n')],
    "umls": [_files(_UMLS)],
    "unii": [_file("UNII_Names_1Jan2025.txt", "Name\tTYPE\tUNII\tDisplay Name\nASPIRIN\tof\tR16CO5Y76E\tASPIRIN\nACETYLSALICYLIC ACID\tcn\tR16CO5Y76E\tASPIRIN\nBAY-1\tcd\tR16CO5Y76E\tASPIRIN\n")],
}  # fmt: skip
"""By the name of the kind."""
