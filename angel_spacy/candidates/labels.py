"""What the labels of entity recognisers say a mention is, and how vocabularies say the same of their concepts."""

from functools import lru_cache

from ..models.name_encoder import KINDS


def _words(**lines: str) -> dict[str, tuple[str, ...]]:
    return {kind: tuple(words.split()) for kind, words in lines.items()}


_LABELS = _words(
    disease="""
        disease specificdisease diseaseclass modifier compositemention diseaseorphenotypicfeature phenotype symptom
        signorsymptom disorder syndrome cancer pathologicalformation adr
    """,
    chemical="chemical chemicalentity simplechemical drug medication substance compound chebi aminoacid",
    organism="organism organismtaxon species taxon",
    anatomy="""
        anatomy anatomicalsystem organ tissue multitissuestructure cell celltype cl developinganatomicalstructure
        immaterialanatomicalentity organismsubdivision
    """,
    gene="gene geneorgeneproduct geneproduct protein ggp dna rna",
)
"""Kind -> the labels of scispaCy's models, of ours and of common corpora, in small letters without other signs."""

PATTERNS = _words(
    disease="""
        Disease disorder finding situation event C[0-2][0-9]* F03* T019 T020 T033 T037 T046 T047 T048 T049 T184 T190
        T191 MONDO:* DOID:* HP:* OMIM:* ORPHANET:* ICD10:* ICD10CM:* ICD9CM:* MEDDRA:*
    """,
    chemical="""
        Chemical substance product D[0-2][0-9]* T103 T104 T109 T114 T116 T120 T121 T122 T123 T125 T126 T127 T129 T130
        T131 T192 T195 T196 T197 T200 CHEBI:* DRUGBANK:* RXNORM:* UNII:* PUBCHEM.COMPOUND:* CHEMBL.COMPOUND:*
    """,
    organism="""
        Organism organism B[0-1][0-9]* T001 T002 T004 T005 T007 T008 T010 T011 T012 T013 T014 T015 T016 T194 T204
        NCBITAXON:*
    """,
    anatomy="""
        Anatomy A[0-2][0-9]* T017 T018 T021 T022 T023 T024 T025 T026 T029 T030 T031 UBERON:* FMA:* CL:* CELLOSAURUS:*
    """,
    gene="Gene Protein D08* D12* T028 T085 T086 T087 T088 T116 T126 HGNC:* NCBIGENE:* ENSEMBL:* UNIPROT:* PR:*",
    other="Procedure Psychology Phenomenon Other",
)
"""Kind -> patterns of ids, and of types: our readers' words, SNOMED CT's tags, MeSH's trees, UMLS's semantic types."""

_KIND_OF = {label: kind for kind, labels in _LABELS.items() for label in labels}


@lru_cache(1000)
def kind_said(label: str) -> str:
    """The kind that a label says for sure, a key of `PATTERNS`; "" where it says none, as scispaCy's ENTITY."""
    return _KIND_OF.get("".join(filter(str.isalnum, label.lower())), "")


_OF_LABELS = {
    "disease": ("disease", "disorder", "symptom", "phenotyp", "modifier", "compositemention", "syndrome"),
    "chemical": ("chemical", "drug", "substance", "medication"),
    "organism": ("organism", "species", "taxon"),
    "anatomy": ("anatom", "tissue", "organ", "cell"),
}


@lru_cache(1000)
def kind_of(label: str) -> int | None:
    """Which of KINDS a label probably says, by a part of it; None where it says nothing, as scispaCy's ENTITY."""
    lowered = label.lower().replace("_", "")
    for kind, parts in _OF_LABELS.items():
        if any(part in lowered for part in parts):
            return KINDS.index(kind)
    return None
