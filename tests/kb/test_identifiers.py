import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from angel_spacy.kb.identifiers import concept_url, fold_id, split_ids


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("MESH:D009369", "D009369"),
        ("mesh:D009369", "D009369"),
        (" D009369\n", "D009369"),
        ("MeSH : D009369", "D009369"),
        ("OMIM:215600", "215600"),
        ("omim:215600", "215600"),
        ("215600", "215600"),
        ("DOID:123", "DOID:123"),
        ("DO:DOID:123", "DOID:123"),
        ("umls:C0001", "UMLS:C0001"),
        ("MESHY:D1", "MESHY:D1"),
        ("d009369", "d009369"),
        ("", ""),
    ],
)
def test_ids_fold_to_one_form(written: str, folded: str) -> None:
    assert fold_id(written) == folded


@given(st.text(alphabet=":| ODoımeshMI1\u017f") | st.text())
@example("MESH:OMIM: MESH:1")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_id(fold_id(text)) == fold_id(text)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("D001943|D010051", ("D001943", "D010051")),
        ("D1+D2,D3", ("D1", "D2", "D3")),
        (" D2 | D1 ", ("D2", "D1")),
        ("D1|MESH:D1|D1", ("D1",)),
        ("c|SUB|G|IVS3+1|A", ("c|SUB|G|IVS3+1|A",)),
        ("-1", ()),
        ("-", ()),
        ("", ()),
        ("||-1|D1", ("D1",)),
    ],
)
def test_composites_split(text: str, ids: tuple[str, ...]) -> None:
    assert split_ids(text) == ids


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
