"""Vocabularies and where their makers give them away: what `angel kb get` can fetch, and under which terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_OBO = "https://purl.obolibrary.org/obo"
_UTS = "https://uts-ws.nlm.nih.gov"
UTS_RELEASES, UTS_DOWNLOAD = f"{_UTS}/releases", f"{_UTS}/download"
UTS_PROFILE = "https://uts.nlm.nih.gov/uts/profile"

_NLM = "NLM: free with attribution and the version named; no endorsement implied"
_UMLS = "UMLS Metathesaurus licence: a free account, a yearly report; single sources have terms of their own"


@dataclass(frozen=True)
class Vocabulary:
    """`files`: name on disk -> address, in which `{version}` stands for what the user asked for, or `newest`.

    `release`: instead, the type of release at NLM's terminology services, which asks for the user's key. `kept`: the
    members that are wanted of an archive, `*` standing for what changes. `kind` and `options` are those of `read_kb`;
    where there is neither file nor release, the vocabulary is inside the package `package`.
    """

    name: str
    about: str
    kind: str
    licence: str
    terms: str
    files: Mapping[str, str] = field(default_factory=dict)
    newest: str = ""
    release: str = ""
    kept: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    package: str = ""


_ALL = (
    Vocabulary(
        "mesh",
        "Medical Subject Headings with supplementary records",
        "mesh",
        _NLM,
        "https://www.nlm.nih.gov/databases/download/terms_and_conditions_mesh.html",
        {
            f"{part}{{version}}.xml.gz": f"https://nlmpubs.nlm.nih.gov/projects/mesh/MESH_FILES/xmlmesh/{part}{{version}}.gz"
            for part in ("desc", "supp")
        },
        newest="2026",
    ),
    Vocabulary(
        "hpo",
        "Human Phenotype Ontology",
        "obo",
        "HPO: free, unmodified, with attribution and version",
        "https://human-phenotype-ontology.github.io/license.html",
        {"hp.obo": f"{_OBO}/hp.obo"},
        options={"only": "HP"},
    ),
    Vocabulary(
        "mondo",
        "Mondo Disease Ontology",
        "obo",
        "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        {"mondo.obo": f"{_OBO}/mondo.obo"},
        options={"only": "MONDO", "as_type": "Disease"},
    ),
    Vocabulary(
        "doid",
        "Human Disease Ontology",
        "obo",
        "CC0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        {"doid.obo": f"{_OBO}/doid.obo"},
        options={"only": "DOID", "as_type": "Disease"},
    ),
    Vocabulary(
        "chebi",
        "Chemical Entities of Biological Interest",
        "obo",
        "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        {"chebi.obo.gz": f"{_OBO}/chebi.obo.gz"},
        options={"only": "CHEBI", "as_type": "Chemical"},
    ),
    Vocabulary(
        "ctd",
        "diseases of the Comparative Toxicogenomics Database (MEDIC)",
        "ctd",
        "CTD: free for research, cite and link; commercial use on request",
        "https://ctdbase.org/about/legal.jsp",
        {"CTD_diseases.tsv.gz": "https://ctdbase.org/reports/CTD_diseases.tsv.gz"},
    ),
    Vocabulary(
        "ctd-chemicals",
        "chemicals of the Comparative Toxicogenomics Database",
        "ctd-chemicals",
        "CTD: free for research, cite and link; commercial use on request",
        "https://ctdbase.org/about/legal.jsp",
        {"CTD_chemicals.tsv.gz": "https://ctdbase.org/reports/CTD_chemicals.tsv.gz"},
    ),
    Vocabulary(
        "hgnc",
        "human genes, HGNC's complete set",
        "hgnc",
        "CC0",
        "https://www.genenames.org/about/license/",
        {
            "hgnc_complete_set.txt": "https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv/"
            "hgnc_complete_set.txt"
        },
    ),
    Vocabulary(
        "taxonomy",
        "organisms, NCBI Taxonomy",
        "ncbi-taxonomy",
        "public domain",
        "https://www.ncbi.nlm.nih.gov/home/about/policies/",
        {"taxdump.tar.gz": "https://ftp.ncbi.nlm.nih.gov/pub/taxonomy/taxdump.tar.gz"},
        kept=("names.dmp", "nodes.dmp", "merged.dmp"),
    ),
    Vocabulary(
        "icd10cm",
        "diagnoses, ICD-10-CM",
        "icd10cm",
        "public domain",
        "https://www.cdc.gov/nchs/icd/icd-10-cm/",
        package="simple-icd-10-cm",
    ),
    Vocabulary(
        "umls",
        "UMLS Metathesaurus, full subset",
        "umls",
        _UMLS,
        "https://www.nlm.nih.gov/research/umls/knowledge_sources/metathesaurus/release/license_agreement.html",
        release="umls-metathesaurus-full-subset",
        kept=("MRCONSO.RRF*", "MRSTY.RRF*", "MRDEF.RRF*", "MRRANK.RRF*"),
    ),
    Vocabulary(
        "rxnorm",
        "drugs, RxNorm",
        "rxnorm",
        _UMLS,
        "https://www.nlm.nih.gov/research/umls/rxnorm/docs/termsofservice.html",
        release="rxnorm-full-monthly-release",
        kept=("rrf/RXNCONSO.RRF", "rrf/RXNSTY.RRF"),
    ),
    Vocabulary(
        "snomed",
        "SNOMED CT, US edition",
        "snomed",
        "SNOMED International licence: free in member countries",
        "https://www.nlm.nih.gov/healthit/snomedct/snomed_licensing.html",
        release="snomed-ct-us-edition",
        kept=("*/Snapshot/*",),
    ),
)

VOCABULARIES = {one.name: one for one in _ALL}
"""By the name that `kb get` takes."""
