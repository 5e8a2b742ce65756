"""Concept ids as sources write them: folded for comparison, split and joined, turned into a page's address."""

import re
from collections.abc import Collection, Container, Iterable, Iterator
from urllib.parse import quote

# Prefixes as the Bioregistry has them, in capitals, and what others write for them.
_SYNONYMS = {
    "CELLOSAURUS": ("CVCL",),
    "CHEBI": ("CHEBIID",),
    "DBSNP": ("SNP",),
    "DOID": ("DO",),
    "DRUGBANK": ("DRUGBANKID",),
    "HGNC": ("HGNCID", "HGNC_ID"),
    "HP": ("HPO",),
    "ICD10": ("ICD-10",),
    "ICD10CM": ("ICD-10-CM", "ICD10-CM"),
    "ICD9CM": ("ICD-9-CM", "ICD9-CM"),
    "MEDDRA": ("MDR",),
    "MESH": ("MSH", "MESHID"),
    "MONDO": ("MONDOID",),
    "NCBIGENE": ("GENEID", "ENTREZ", "ENTREZGENE", "ENTREZ GENE", "NCBI_GENE", "NCBI GENE", "NCBIGENEID", "GENE"),
    "NCBITAXON": ("TAXID", "TAX", "TAXONOMY", "NCBI_TAXID", "NCBI_TAXONOMY", "NCBI TAXONOMY", "SPECIES"),
    "NCIT": ("NCI", "NCI_THESAURUS", "NCI THESAURUS"),
    "OMIM": ("MIM", "OMIMID", "MIMNUMBER"),
    "ORPHANET": ("ORPHA", "ORDO", "ORPHANETID"),
    "PUBCHEM.COMPOUND": ("PUBCHEM", "PUBCHEM_CID", "CID"),
    "RXNORM": ("RXCUI",),
    "SNOMEDCT": ("SCTID", "SNOMED", "SNOMEDCT_US", "SNOMED_CT", "SNOMED-CT"),
    "UMLS": ("CUI", "UMLS_CUI", "UMLSCUI"),
    "UNIPROT": ("UNIPROTKB",),
}
_PREFIXES = {synonym: prefix for prefix, synonyms in _SYNONYMS.items() for synonym in synonyms}

# tmVar's `c|SUB|G|304|A`, and what PubTator 3 makes of it (`tmVar:c|SUB|G|304|A;HGVS:c.304G>A;...`), are one id.
_VARIANT = r"\s*(?:tmVar:|[a-z]\|(?:[A-Z]{2,}|Allele)\|)"
_STARTS_VARIANT = re.compile(_VARIANT)
_BEFORE_VARIANT = re.compile(rf"[|+,;](?={_VARIANT})")
_COMPOSITE = re.compile(r"[|+,;]")
_NO_ID = {"", "-", "-1"}
_TORN = re.compile(r"[|+,;%]|(?<=^tmVar):")  # what is written as %7C and the like where it would be read otherwise
_CODE = re.compile(r"%(25|2B|2C|3A|3B|7C)")

# Bare ids by their shape: MeSH (descriptor, supplementary record, qualifier), OMIM, and UMLS's seven digits.
_MESH, _OMIM, _UMLS = re.compile(r"[DCQ](\d{6}|\d{9})"), re.compile(r"\d{6}"), re.compile(r"C\d{7}")
_PAGES = (
    (_MESH, "https://meshb.nlm.nih.gov/record/ui?ui="),
    (_OMIM, "https://omim.org/entry/"),
    (_UMLS, "https://bioregistry.io/umls:"),
    (re.compile(r"[^:]+:.+"), "https://bioregistry.io/"),
)


def fold_id(text: str, bare: Container[str] = ()) -> str:
    """The form in which ids compare: no outer space, one spelling of a prefix, and none at all of those in `bare`.

    A prefix that is said twice is said once (`DO:DOID:123` in CTD).
    """
    *prefixes, local = text.split(":")
    folded, start = local.strip(), len(text) - len(local)
    for given in reversed(prefixes):
        prefix = canonical_prefix(given)
        if prefix and prefix not in bare and _parts(folded)[0] != prefix:
            folded = f"{prefix}:{text[start:].strip()}"
        start -= len(given) + 1
    return folded


def bare_prefixes(ids: Iterable[str]) -> frozenset[str]:
    """The prefixes that ids may go without in a KB that has these ids (primary and alternative ones).

    MESH where there is a descriptor (D and six or nine digits; any number of them where all bare ids are so), UMLS
    where there is a CUI (C and seven digits), with or without the prefix: nothing else looks like them. OMIM's are
    mere numbers, as genes are: the prefix may go only where bare numbers stand beside MeSH ids, as in MEDIC, all
    have six digits, and no id is written with `OMIM:`.
    """
    kinds = {_kind(*_parts(text)) for text in ids}
    if "D and digits" in kinds and "other" not in kinds:
        kinds.add("MESH")
    of_omim = {"MESH", "six digits"} <= kinds and kinds.isdisjoint({"number", "OMIM"})
    return frozenset(kinds & {"MESH", "UMLS"}) | frozenset({"OMIM"} if of_omim else ())


def canonical_prefix(prefix: str) -> str:
    """A prefix in the spelling that ids compare by."""
    upper = prefix.strip().upper()
    return _PREFIXES.get(upper, upper)


def with_prefix(concept_id: str, bare: Collection[str] = ()) -> str:
    """An id with its prefix in capitals, `MESH:D006073` for `D006073`. `bare`: those that ids of its KB may go without;
    an id whose prefix nothing tells stays as it is."""
    folded = fold_id(concept_id)
    if ":" in folded:
        return folded
    if "OMIM" in bare and _OMIM.fullmatch(folded):
        return f"OMIM:{folded}"
    if _UMLS.fullmatch(folded):
        return f"UMLS:{folded}"
    if _MESH.fullmatch(folded):
        return f"MESH:{folded}"
    return f"{next(iter(bare))}:{folded}" if len(bare) == 1 else folded


def split_ids(text: str) -> tuple[str, ...]:
    """The ids of a composite (`|`, `+`, `,` or `;` between them), each once, in order; none for "-1", "-" and "".

    A variant is one id with the bars inside it, up to the next variant or to the end.
    """
    ids = (_CODE.sub(lambda code: chr(int(code[1], 16)), part.strip()) for part in _split(text))
    return tuple(dict.fromkeys(one for one in ids if one not in _NO_ID))


def join_ids(concept_ids: Iterable[str]) -> str:
    """The field that `split_ids` reads back: bars between the ids, `-` for none (as PubTator 3 writes it).

    Where an id would be torn, what tears it is written as in addresses: `%7C` for a bar.
    """
    ids = tuple(concept_ids)
    joined = "|".join(ids) or "-"
    return joined if split_ids(joined) == ids else "|".join(_TORN.sub(_code, one) for one in ids)


def concept_url(concept_id: str) -> str:
    """The page that describes a concept, or "" when the id's shape does not tell where that is."""
    folded = fold_id(concept_id, {"MESH", "OMIM"})
    pages = (page for shape, page in _PAGES if shape.fullmatch(folded))
    page = next(pages, "")
    return page and page + quote(folded, safe=":")


def _parts(text: str) -> tuple[str, str]:
    prefix, colon, local = text.partition(":")
    return (canonical_prefix(prefix), local) if colon else ("", text)


def _kind(prefix: str, local: str) -> str:
    """What an id says about the others of its KB."""
    local = local.strip()
    if prefix in ("", "MESH") and re.fullmatch(r"D(\d{6}|\d{9})" if not prefix else r"D\d+", local):
        return "MESH"
    if not prefix and re.fullmatch(r"D\d+", local):
        return "D and digits"
    if prefix in ("", "UMLS") and re.fullmatch(r"C\d{7}", local):
        return "UMLS"
    if not prefix and local.isdecimal():
        return "six digits" if len(local) == 6 else "number"
    return prefix or ("" if _MESH.fullmatch(local) else "other")


def _split(text: str) -> Iterator[str]:
    for piece in _BEFORE_VARIANT.split(text):
        yield from [piece] if _STARTS_VARIANT.match(piece) else _COMPOSITE.split(piece)


def _code(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
