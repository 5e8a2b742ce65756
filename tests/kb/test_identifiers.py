import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from angel_spacy.kb.identifiers import bare_prefixes, concept_url, fold_id, join_ids, split_ids


@pytest.mark.parametrize(
    ("written", "folded", "where_it_may_go"),
    [
        ("MESH:D009369", "MESH:D009369", "D009369"),
        ("msh:D009369", "MESH:D009369", "D009369"),
        (" D009369\n", "D009369", "D009369"),
        ("MeSH : D009369", "MESH:D009369", "D009369"),
        ("omim:215600", "OMIM:215600", "215600"),
        ("MIM:215600", "OMIM:215600", "215600"),
        ("215600", "215600", "215600"),
        ("DOID:123", "DOID:123", "DOID:123"),
        ("DO:DOID:123", "DOID:123", "DOID:123"),
        ("CHEBI:CHEBI:15377", "CHEBI:15377", "CHEBI:15377"),
        ("UMLS_CUI:C0000001", "UMLS:C0000001", "UMLS:C0000001"),
        ("GeneID:672", "NCBIGENE:672", "NCBIGENE:672"),
        ("entrez:672", "NCBIGENE:672", "NCBIGENE:672"),
        ("taxid:9606", "NCBITAXON:9606", "NCBITAXON:9606"),
        ("MESHY:D1", "MESHY:D1", "MESHY:D1"),
        ("d009369", "d009369", "d009369"),
        ("", "", ""),
        (":", "", ""),
    ],
)
def test_ids_fold_to_one_form(written: str, folded: str, where_it_may_go: str) -> None:
    assert fold_id(written) == folded
    assert fold_id(written, {"MESH", "OMIM"}) == where_it_may_go


@given(st.text(alphabet=":| ODoımeshMI1\u017f") | st.text(), st.sets(st.sampled_from(["MESH", "OMIM", "DOID"])))
@example("MESH:OMIM: MESH:1", {"MESH"})
@example("uml\u017f_cui:C1", set())
def test_folding_twice_is_folding_once(text: str, bare: set[str]) -> None:
    assert fold_id(fold_id(text, bare), bare) == fold_id(text, bare)


MEDIC = ["D009369", "C535589", "215600"]


@pytest.mark.parametrize(
    ("ids", "prefixes"),
    [
        ([], set()),
        (MEDIC, {"MESH", "OMIM"}),
        ([*MEDIC, "LOCAL-1", "DO:DOID:123"], {"MESH", "OMIM"}),
        (["MESH:D009369", "OMIM:215600"], {"MESH"}),  # CTD: a bare number could be anything
        (["C0085262", "C0000001"], {"UMLS"}),
        (["UMLS:C0085262"], {"UMLS"}),
        (["672", "104300"], set()),
        (["104300"], set()),
        (["104300", "OMIM:104300"], set()),
        ([*MEDIC, "672"], {"MESH"}),  # genes beside them
        (["D000544", "104300", "OMIM:104300"], {"MESH"}),
        (["MONDO:0000001", "MESH:D009369", "UMLS:C0085262"], {"MESH", "UMLS"}),
        (["C3224", "C157712"], set()),  # NCIt looks like MeSH's supplementary records
    ],
)
def test_a_prefix_may_go_where_nothing_else_looks_like_it(ids: list[str], prefixes: set[str]) -> None:
    assert bare_prefixes(ids) == prefixes


TMVAR = "tmVar:p|SUB|V|600|E;HGVS:V600E;VariantGroup:0;CorrespondingGene:673;RS#:113488022"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("D001943|D010051", ("D001943", "D010051")),
        ("D1+D2,D3;D4", ("D1", "D2", "D3", "D4")),
        ("672;675", ("672", "675")),
        (" D2 | D1 ", ("D2", "D1")),
        ("D1|MESH:D1|D1", ("D1", "MESH:D1")),
        ("c|SUB|G|304|A", ("c|SUB|G|304|A",)),
        ("c|SUB|G|IVS3+1|A", ("c|SUB|G|IVS3+1|A",)),
        ("p|FS|Y|329||", ("p|FS|Y|329||",)),
        ("c|Allele|CAG", ("c|Allele|CAG",)),
        (TMVAR, (TMVAR,)),
        ("rs113488022|p|SUB|V|600|E", ("rs113488022", "p|SUB|V|600|E")),
        ("c|SUB|G|304|A,p|SUB|V|600|E", ("c|SUB|G|304|A", "p|SUB|V|600|E")),
        ("-1", ()),
        ("-", ()),
        ("", ()),
        ("||-1|D1", ("D1",)),
    ],
)
def test_composites_split_and_join_again(text: str, ids: tuple[str, ...]) -> None:
    assert split_ids(text) == ids
    assert split_ids(join_ids(ids)) == ids


def test_joined_ids_look_as_corpora_write_them() -> None:
    assert join_ids([]) == "-"
    assert join_ids(["D1", "OMIM:7"]) == "D1|OMIM:7"
    assert join_ids([TMVAR]) == TMVAR
    assert join_ids(["c|SUB|G|304|A", "D1"]) == "c%7CSUB%7CG%7C304%7CA|D1"


@given(
    st.lists(st.sampled_from(["c|SUB|G|304|A", TMVAR, "D1", "a,b", "a%7Cb", "tmVar:", "672"]) | st.text(), unique=True)
)
def test_any_ids_come_back_as_they_were(written: list[str]) -> None:
    ids = tuple(dict.fromkeys(text.strip() for text in written if text.strip() not in ("", "-", "-1")))
    assert split_ids(join_ids(ids)) == ids


@pytest.mark.parametrize(
    ("concept_id", "url"),
    [
        ("MESH:D009369", "https://meshb.nlm.nih.gov/record/ui?ui=D009369"),
        ("C000591739", "https://meshb.nlm.nih.gov/record/ui?ui=C000591739"),
        ("omim:215600", "https://omim.org/entry/215600"),
        ("doid:0001816", "https://bioregistry.io/DOID:0001816"),
        ("C0006142", "https://bioregistry.io/umls:C0006142"),
        ('X:"><b>', "https://bioregistry.io/X:%22%3E%3Cb%3E"),
        ("no page known", ""),
        ("", ""),
    ],
)
def test_concepts_have_pages(concept_id: str, url: str) -> None:
    assert concept_url(concept_id) == url
