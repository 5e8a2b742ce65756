import pickle
import string
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Concept, KnowledgeBase, Provenance

CANCER = Concept("D1", "Breast Neoplasms", ("breast cancer", "Cancer of the breast"), ("100001",), ("Disease",))
OVARY = Concept("D2", "Ovarian cancer", ("BRCA",))
GENE = Concept("D3", "BRCA")


@pytest.fixture
def kb() -> KnowledgeBase:
    return KnowledgeBase([CANCER, OVARY, GENE])


def ids(kb: KnowledgeBase, name: str) -> list[str]:
    return [kb.concept(row).concept_id for row in kb.rows_of(name)]


def test_concepts_are_found_by_row_and_id(kb: KnowledgeBase) -> None:
    assert len(kb) == 3
    assert list(kb.concepts) == [CANCER, OVARY, GENE]
    assert kb.concept(1) == kb["MESH:D2"] == OVARY
    assert kb["100001"] == CANCER
    assert "omim:100001" in kb
    assert "D9" not in kb
    assert kb.resolve("D9") is None


def test_a_gene_and_a_disease_of_the_same_number_are_two_concepts() -> None:
    kb = KnowledgeBase([Concept("104300", "some gene"), Concept("OMIM:104300", "Alzheimer disease")])
    assert [kb.resolve(text) for text in ("104300", "OMIM:104300", "mim:104300", "GeneID:104300")] == [0, 1, 1, None]
    genes = KnowledgeBase([Concept("104300", "some gene")])
    assert (genes.resolve("104300"), genes.resolve("OMIM:104300")) == (0, None)


def test_prefixes_that_numbers_may_go_without_can_be_told() -> None:
    kb = KnowledgeBase([Concept("672", "BRCA1"), Concept("675", "BRCA2")], prefixes=["GeneID"])
    assert kb.rows(["ncbigene:675", "672", "entrez:672", "OMIM:672"]) == (1, 0)
    kb.add(Concept("ncbigene:7157", "TP53"))
    for same in (kb, KnowledgeBase.from_bytes(kb.to_bytes()), kb.with_aliases([("p53", ["7157"])])):
        assert same.prefixes == {"NCBIGENE"}
        assert same.resolve("GeneID:7157") == same.resolve("7157") == 2


@pytest.mark.parametrize("own", ["C0085262", "UMLS:C0085262"])
def test_cuis_are_found_with_and_without_their_prefix(own: str) -> None:
    kb = KnowledgeBase([Concept(own, "some finding")])
    assert [kb.resolve(text) for text in ("C0085262", "UMLS:C0085262", "UMLS_CUI:C0085262")] == [0, 0, 0]


def test_rows_of_ids_are_those_that_are_known_each_once(kb: KnowledgeBase) -> None:
    assert kb.rows(["D9", "D2", "MESH:D2", "100001", "D1"]) == (1, 0)
    assert kb.rows([]) == ()


def test_names_of_a_concept_are_its_distinct_normalised_names(kb: KnowledgeBase) -> None:
    kb.add(Concept("D4", "Gout", ("?", "GOUT", "Podagra")))
    assert kb.names_of(3) == ("gout", "podagra")
    with pytest.raises(KnowledgeBaseError, match="row 4"):
        kb.names_of(4)


def test_primary_ids_win_over_alternative_ids_then_the_lowest_row() -> None:
    kb = KnowledgeBase([Concept("A", "a", alt_ids=("B", "X")), Concept("B", "b", alt_ids=("X",))])
    assert kb.resolve("B") == 1
    assert kb.resolve("X") == 0
    kb.remove("A")
    assert kb.resolve("X") == 1


def test_names_are_compared_after_normalisation(kb: KnowledgeBase) -> None:
    assert list(kb.names()) == ["brca", "breast cancer", "breast neoplasms", "cancer of the breast", "ovarian cancer"]
    assert kb.n_names == 5
    assert ids(kb, "  BREAST-cancer! ") == ["D1"]
    assert kb.rows_of("cancer") == ()


def test_a_homonym_means_its_preferred_concept_first_then_by_row(kb: KnowledgeBase) -> None:
    assert ids(kb, "brca") == ["D3", "D2"]
    kb.add(Concept("D4", "Breast gene", ("brca",)))
    assert ids(kb, "brca") == ["D3", "D2", "D4"]


def test_punctuation_is_no_name() -> None:
    kb = KnowledgeBase([Concept("D1", "?!", ("tumour", "..."))])
    assert list(kb.names()) == ["tumour"]
    assert kb.rows_of("?!") == ()
    assert kb.rows_of("") == ()


@pytest.mark.parametrize(
    ("concept", "complaint"),
    [
        (Concept("D9", "!!!", ("", "-")), "D9 has no usable name"),
        (Concept(" ", "nameless"), "'nameless' has no id"),
        (Concept("mesh:D1", "again"), "mesh:D1 is in the KB already"),
        (Concept("D9", "half \ud800"), "D9 holds half a character"),
    ],
)
def test_an_unusable_concept_changes_nothing(kb: KnowledgeBase, concept: Concept, complaint: str) -> None:
    before = kb.to_bytes()
    with pytest.raises(KnowledgeBaseError, match=complaint):
        kb.add(concept)
    with pytest.raises(KnowledgeBaseError, match=complaint):
        KnowledgeBase([CANCER, concept])
    assert (kb.to_bytes(), kb.version) == (before, 0)


def test_an_empty_kb_knows_nothing() -> None:
    kb = KnowledgeBase()
    assert (len(kb), list(kb.names()), kb.search(""), kb.rows_of("x"), kb.resolve("D1")) == (0, [], [], (), None)


@pytest.mark.parametrize("name", ["a\0b", "🧬 disease", "مرض السكري", "cafe\u0301", "\u202eabc", "x " * 3000 + "y"])
def test_odd_characters_are_names_like_others(name: str) -> None:
    kb = KnowledgeBase([Concept("D1", name)])
    kb.search("nothing")
    kb.add_name("D1", name + " too")
    again = KnowledgeBase.from_bytes(kb.to_bytes())
    assert again["D1"].names == (name, name + " too")
    assert [rows for _, rows in kb.search(name)] == [(0,), (0,)]


def test_names_come_and_go(kb: KnowledgeBase) -> None:
    kb.add_name("D2", "Cancer, ovarian")
    assert ids(kb, "cancer ovarian") == ["D2"]
    kb.add_name("D2", "CANCER OVARIAN")
    assert kb["D2"].synonyms == ("BRCA", "Cancer, ovarian")
    assert kb.version == 1
    kb.remove_name("mesh:D2", "cancer ovarian")
    assert kb["D2"] == OVARY
    kb.remove_name("D1", "breast neoplasms")
    assert kb["D1"].name == "breast cancer"


def test_names_that_cannot_come_or_go_say_what_to_do(kb: KnowledgeBase) -> None:
    with pytest.raises(KnowledgeBaseError, match="give another name"):
        kb.add_name("D1", "...")
    with pytest.raises(KnowledgeBaseError, match="remove the concept instead"):
        kb.remove_name("D3", "brca")
    with pytest.raises(KnowledgeBaseError, match="has no name 'ovary'"):
        kb.remove_name("D1", "ovary")
    with pytest.raises(KnowledgeBaseError, match="No concept 'D9'"):
        kb.add_name("D9", "name")
    assert kb.version == 0


def test_a_removed_concept_leaves_a_hole_until_saved(kb: KnowledgeBase) -> None:
    kb.remove("100001")
    assert len(kb) == 2
    assert "D1" not in kb
    assert "100001" not in kb
    assert kb.concept(2) == GENE
    with pytest.raises(KnowledgeBaseError, match="row 0"):
        kb.concept(0)
    with pytest.raises(KnowledgeBaseError, match="row -1"):
        kb.concept(-1)
    assert kb.add(CANCER) == 3
    assert KnowledgeBase.from_bytes(kb.to_bytes()).concept(0) == OVARY


def test_changes_since_a_version_patch_what_watches(kb: KnowledgeBase) -> None:
    start = kb.version
    kb.add(Concept("D4", "gout"))
    after_gout = kb.version
    kb.remove_name("D1", "breast cancer")
    kb.add_name("D1", "brca")
    assert kb.changes_since(start) == (["brca", "gout"], ["brca", "breast cancer"])
    assert kb.changes_since(after_gout) == (["brca"], ["brca", "breast cancer"])
    assert kb.changes_since(kb.version) == ([], [])
    kb.remove("D4")
    assert kb.changes_since(start) == (["brca"], ["brca", "breast cancer"])
    with pytest.raises(KnowledgeBaseError, match=r"rebuild from `kb.names\(\)`"):
        kb.changes_since(kb.version + 1)


def test_a_new_preferred_name_reorders_homonyms_and_is_a_change() -> None:
    kb = KnowledgeBase([Concept("A", "first", ("x",)), Concept("B", "gone", ("x",))])
    assert ids(kb, "x") == ["A", "B"]
    kb.remove_name("B", "gone")
    assert ids(kb, "x") == ["B", "A"]
    assert kb.changes_since(0) == (["x"], ["gone", "x"])


def test_search_finds_prefixes_and_follows_changes(kb: KnowledgeBase) -> None:
    assert kb.search("BREAST c") == [("breast cancer", (0,))]
    assert [name for name, _ in kb.search("br")] == ["brca", "breast cancer", "breast neoplasms"]
    assert [name for name, _ in kb.search("", limit=2)] == ["brca", "breast cancer"]
    assert kb.search("bladder c") == []
    kb.add_name("D1", "breast carcinoma")
    kb.remove_name("D1", "breast cancer")
    assert [name for name, _ in kb.search("breast ca")] == ["breast carcinoma"]


def test_mentions_become_aliases_ranked_by_how_often_they_were_seen(kb: KnowledgeBase) -> None:
    pairs = [("BC", ["D1"]), ("bc", ["D2"]), ("BC.", ["MESH:D2"]), ("BC", ["D9"]), ("...", ["D1"]), ("nil", [])]
    aliased = kb.with_aliases([*pairs, ("brca", ["D1", "100001"]), ("brca", ["D1"])])
    assert ids(aliased, "bc") == ["D2", "D1"]
    assert ids(aliased, "brca") == ["D3", "D1", "D2"]
    assert aliased["D2"].synonyms == ("BRCA", "bc")
    assert aliased.seen["brca", "D1"] == 2
    assert "bc" not in kb.names()
    assert "nil" not in aliased.names()
    assert aliased.version == 0


def test_alias_counts_add_up_and_go_with_the_name(kb: KnowledgeBase) -> None:
    aliased = kb.with_aliases([("bc", ["D1"]), ("bc", ["D2"])]).with_aliases([("bc", ["D2"])])
    assert ids(aliased, "bc") == ["D2", "D1"]
    aliased.remove_name("D2", "bc")
    aliased.add_name("D2", "bc")
    assert ids(aliased, "bc") == ["D1", "D2"]


def test_worker_processes_get_the_same_rows(kb: KnowledgeBase) -> None:
    kb.search("b")
    kb.remove("D1")
    sent = pickle.loads(pickle.dumps(kb))
    assert sent.concept(2) == GENE
    assert sent.rows_of("BRCA") == kb.rows_of("BRCA")
    sent.add_name("D3", "new")
    assert kb.rows_of("new") == ()


names = st.text(alphabet=string.ascii_letters + " -.é", max_size=6)
concept_lists = st.lists(
    st.tuples(st.lists(names, min_size=1, max_size=4), st.lists(st.sampled_from("PQR"), max_size=2)), max_size=5
).map(
    lambda rows: [
        Concept(f"C{row}", "n" + first, tuple(others), tuple(alt_ids))
        for row, ((first, *others), alt_ids) in enumerate(rows)
    ]
)


def view(kb: KnowledgeBase) -> dict[str, list[str]]:
    return {name: ids(kb, name) for name in kb.names()}


@settings(max_examples=60)
@given(concept_lists, names)
def test_adding_then_removing_is_identity_on_names(concepts: list[Concept], name: str) -> None:
    kb = KnowledgeBase(concepts)
    before = view(kb)
    kb.search("n")
    kb.add(Concept("NEW", "x" + name, (name,)))
    kb.remove("NEW")
    assert view(kb) == before
    assert kb.changes_since(0) == ([], [])
    assert [found for found, _ in kb.search("", limit=999)] == list(kb.names())


@settings(max_examples=60)
@given(concept_lists, st.lists(st.tuples(st.integers(0, 4), names, st.booleans()), max_size=6))
def test_run_time_changes_equal_a_kb_built_anew(concepts: list[Concept], steps: list[tuple[int, str, bool]]) -> None:
    kb = KnowledgeBase(concepts)
    before = view(kb)
    for row, name, is_added in steps:
        try:
            (kb.add_name if is_added else kb.remove_name)(f"C{row}", name)
        except KnowledgeBaseError:
            continue
    assert view(kb) == view(KnowledgeBase(kb.concepts))
    added, removed = kb.changes_since(0)
    patched = {name: found for name, found in before.items() if name not in removed}
    assert patched | {name: ids(kb, name) for name in added} == view(kb)


@given(concept_lists)
def test_search_is_the_sorted_names_with_the_prefix(concepts: list[Concept]) -> None:
    kb = KnowledgeBase(concepts)
    for prefix in {name[:end] for name in kb.names() for end in range(len(name) + 1)}:
        cleaned = kb.normalise(prefix)
        assert [name for name, _ in kb.search(prefix, 999)] == [n for n in kb.names() if n.startswith(cleaned)]


def test_a_kb_says_in_short_what_it_holds():
    kb = KnowledgeBase([Concept("D1", "Gout", ("podagra", "GOUT"))])
    assert repr(kb) == "<KnowledgeBase: 1 concepts, 2 names>"
    kb = KnowledgeBase(provenance=Provenance("MeSH", "2025"))
    assert repr(kb) == "<KnowledgeBase: 0 concepts, 0 names, MeSH 2025>"


@settings(max_examples=60)
@given(concept_lists, st.lists(st.tuples(st.integers(0, 4), names, st.booleans()), max_size=6), names)
def test_search_goes_through_old_and_new_names_in_order(
    concepts: list[Concept], steps: list[tuple[int, str, bool]], prefix: str
) -> None:
    kb = KnowledgeBase(concepts)
    for row, name, is_added in steps:
        with suppress(KnowledgeBaseError):
            (kb.add_name if is_added else kb.remove_name)(f"C{row}", name)
        found = kb.search(prefix[:2], 999)
        beginning = kb.normalise(prefix[:2])
        assert found == [(n, kb.rows_of(n)) for n in kb.names() if n.startswith(beginning)]
