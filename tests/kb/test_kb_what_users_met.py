"""What people met with real vocabularies: each once was wrong."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.kb import Concept, KnowledgeBase, Source, read_kb
from angel_spacy.kb.diff import difference
from angel_spacy.kb.enrich import enriched
from angel_spacy.kb.findings import findings
from angel_spacy.kb.merge import merged


def ids(kb):
    return [concept.concept_id for concept in kb.concepts]


def test_ctds_chemicals_with_two_columns_of_synonyms(tmp_path):
    path = tmp_path / "CTD_chemicals.tsv"
    columns = "ChemicalName ChemicalID CasRN Definition ParentIDs TreeNumbers MESHSynonyms CTDCuratedSynonyms"
    row = ["Aspirin", "MESH:D001241", "50-78-2", "Acid.", "", "D02", "ASA|Dispril", "Acetysal"]
    path.write_text("# Fields:\n# " + columns.replace(" ", "\t") + "\n#\n" + "\t".join(row) + "\n")
    (aspirin,) = read_kb("ctd-chemicals", path).concepts
    assert aspirin.names == ("Aspirin", "ASA", "Dispril", "Acetysal")


def test_codes_that_begin_with_d_are_not_mesh():
    icd = KnowledgeBase([Concept("A00", "Cholera"), Concept("D50", "Iron deficiency anemia"), Concept("D50.0", "Loss")])
    assert icd.prefixes == frozenset()
    kb, _ = merged([icd, KnowledgeBase([Concept("HP:1", "Fever")])])
    assert ids(kb) == ["A00", "D50", "D50.0", "HP:1"]
    coded = KnowledgeBase(icd.concepts, prefixes=["icd10cm"])
    kb, _ = merged([coded, KnowledgeBase([Concept("D000001", "Fever")])])
    assert ids(kb) == ["ICD10CM:A00", "ICD10CM:D50", "ICD10CM:D50.0", "MESH:D000001"]


def test_icd_knows_its_prefix():
    pytest.importorskip("simple_icd_10_cm")
    kb = read_kb("icd10cm")
    assert kb.prefixes == {"ICD10CM"}
    assert kb["ICD10CM:J01"].name == kb["J01"].name


def test_an_id_that_both_spell_otherwise_joins():
    medic = KnowledgeBase([Concept("C", "Diseases"), Concept("D000001", "Gout"), Concept("145250", "Rash")])
    theirs = {"MESH:C": "All Diseases", "MESH:D000001": "Gouts", "OMIM:145250": "Rashes"}
    ctd = KnowledgeBase(Concept(*one) for one in theirs.items())
    for first, second in ((medic, ctd), (ctd, medic)):
        kb, report = merged([first, second])
        assert len(kb) == 3
        assert {fold.rule for fold in report.folds} == {"the same id"}


def test_the_primary_id_goes_before_alternative_ones():
    first = KnowledgeBase([Concept("X:1", "gout", ("podagra", "toe pain"))])
    second = KnowledgeBase([Concept("X:2", "gout", ("podagra", "toe pain"), alt_ids=("X:1",)), Concept("X:1", "rash")])
    kb, report = merged([first, second])
    assert ids(kb) == ["X:1", "X:2"]
    assert [(fold.concept_id, fold.into) for fold in report.folds] == [("X:1", "X:1")]


def test_a_conflict_is_told_once():
    mesh = KnowledgeBase([Concept("D000009", "Gout")])
    mondo = KnowledgeBase([Concept(f"MONDO:{i}", f"Kind {i}", xrefs=("MESH:D000009",)) for i in (5, 6)])
    _, report = merged([mesh, mondo])
    assert (report.n_conflicts, len(report.conflicts)) == (1, 1)


def test_ids_are_compared_as_their_own_kb_spells_them():
    old = KnowledgeBase([Concept("D000001", "Gout"), Concept("145250", "Rash"), Concept("145251", "Fever")])
    new = KnowledgeBase(
        [
            Concept("MESH:D000001", "Gout"),
            Concept("OMIM:145250", "Rash"),
            Concept("MESH:D000002", "Heat", alt_ids=("OMIM:145251",)),
        ]
    )
    found = difference(old, new)
    assert (found.removed, found.merged) == ([], {"145251": "MESH:D000002"})
    back = difference(new, old)
    assert (back.added, back.removed, back.split) == ([], ["MESH:D000002"], {"145251": "MESH:D000002"})


def test_what_else_changed_and_what_was_split_is_told():
    before = Concept("X:1", "fever", alt_ids=("X:2",), types=("Disease",), definition="old", xrefs=("A:1",))
    old = KnowledgeBase([before])
    new = KnowledgeBase(
        [Concept("X:1", "fever", types=("Finding",), definition="new", xrefs=("A:2",)), Concept("X:2", "fever two")]
    )
    found = difference(old, new)
    assert found.changed == {"X:1": ("types", "definition", "alt_ids", "xrefs")}
    assert (found.added, found.split) == ([], {"X:2": "X:1"})


def test_names_come_by_cross_reference_where_no_name_is_shared():
    mine = KnowledgeBase([Concept("D000001", "Fever", ("Pyrexia",)), Concept("D000002", "Gout", xrefs=("MONDO:2",))])
    other = KnowledgeBase(
        [
            Concept("MONDO:1", "fever disease", ("hot",), xrefs=("MESH:D000001",)),
            Concept("MONDO:2", "toe trouble"),
            Concept("MONDO:3", "both", xrefs=("MESH:D000001", "MESH:D000002")),
        ]
    )
    kb = enriched(mine, [KnowledgeBase(list(other.concepts)[:2])])
    assert kb["D000001"].synonyms == ("Pyrexia", "fever disease", "hot")
    assert kb["D000002"].synonyms == ("toe trouble",)
    assert enriched(mine, [other]).n_names == mine.n_names  # MONDO:3 refers to both: nothing is sure


def test_a_second_name_of_an_id_is_told(tmp_path):
    path = tmp_path / "a.obo"
    path.write_text("[Term]\nid: A:1\nname: fever\n\n[Term]\nid: A:1\nname: a different thing\n")
    source = Source(path)
    assert read_kb("obo", source)["A:1"].names == ("fever", "a different thing")
    assert source.skipped.counts == {"names of an id that has another one (now synonyms)": 1}


def test_alternative_ids_of_several_concepts_are_found():
    kb = KnowledgeBase(
        [Concept("X:1", "a", alt_ids=("X:9", "X:2")), Concept("X:2", "b", alt_ids=("X:9",)), Concept("X:3", "c")]
    )
    (found,) = [one for one in findings(kb) if "alternative ids" in one.what]
    assert sorted(found.examples) == ["X:2: X:2, X:1", "X:9: X:1, X:2"]


def test_a_column_that_looks_meant_and_is_not_read_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name,synonyms\n1,fever,a|b\n")
    source = Source(path)
    assert read_kb("table", source)["1"].names == ("fever",)
    assert source.skipped.places["columns that no option names"] == ["a.csv, synonyms: --option synonyms=synonyms"]
    source = Source(path)
    assert read_kb("table", source, synonyms="synonyms")["1"].names == ("fever", "a", "b")
    assert not source.skipped.counts


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_table_in_parts_may_be_cut_anywhere(tmp_path, pack):
    rows = [f"C000000{i}|ENG|P|L{i}|PF|S{i}|Y|A{i}||M{i}|D{i}|MSH|MH|D{i}|Näme {i}|0|N||" for i in range(1, 6)]
    content = ("\n".join(rows) + "\n").encode()
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "MRCONSO.RRF").write_bytes(content)
    expected = list(read_kb("umls", whole).concepts)
    assert len(expected) == 5
    for cut in range(1, len(content)):
        folder = tmp_path / f"{cut}"
        folder.mkdir()
        for name, part in (("aa", content[:cut]), ("ab", content[cut:])):
            (folder / f"MRCONSO.RRF.{name}").write_bytes(pack(part))
        assert list(read_kb("umls", folder).concepts) == expected


def test_languages_of_umls_by_their_usual_tags(tmp_path):
    row = "C0000001|{}|P|L1|PF|S1|Y|A1||M1|D1|MSH|MH|D1|{}|0|N||\n"
    (tmp_path / "MRCONSO.RRF").write_text(row.format("ENG", "Gout") + row.format("GER", "Gicht"))
    assert [read_kb("umls", tmp_path, languages=one)["C0000001"].name for one in ("en", "ENG", "de")] == [
        "Gout",
        "Gout",
        "Gicht",
    ]


def test_a_suppressed_definition_is_none(tmp_path):
    (tmp_path / "MRCONSO.RRF").write_text("C0000001|ENG|P|L1|PF|S1|Y|A1||M1|D1|MSH|MH|D1|Gout|0|N||\n")
    rows = "C0000001|A1|AT1||MSH|Old.|O||\nC0000001|A1|AT2||MSH|Crystals.|N||\n"
    (tmp_path / "MRDEF.RRF").write_text(rows)
    assert read_kb("umls", tmp_path)["C0000001"].definition == "Crystals."


some_ids = st.sampled_from([*(f"X:{i}" for i in range(6)), "D000001", "D000002", "MESH:D000001", "MESH:D000002"])


def concept(concept_id, names, alt_ids, xrefs):
    return Concept(concept_id, names[0], tuple(names[1:]), tuple(alt_ids), xrefs=tuple(xrefs))


concepts = st.builds(
    concept,
    some_ids,
    st.lists(st.sampled_from(["gout", "fever", "rash", "flu"]), min_size=1, max_size=3),
    st.lists(some_ids, max_size=2),
    st.lists(some_ids, max_size=2),
)


def own_ids(one):
    return one.concept_id.removeprefix("MESH:")


@given(st.lists(st.lists(concepts, max_size=4, unique_by=own_ids), min_size=2, max_size=3))
def test_whatever_is_merged_every_id_leads_somewhere_and_no_name_is_lost(vocabularies):
    kbs = [KnowledgeBase(of) for of in vocabularies]
    kb, report = merged(kbs)
    assert len(kb) == sum(map(len, kbs)) - len(report.folds)
    for one in (own for of in kbs for own in of.concepts):
        assert one.concept_id in kb
    names = [name for one in kb.concepts for name in one.names]
    assert {name for of in kbs for one in of.concepts for name in one.names} == set(names)
