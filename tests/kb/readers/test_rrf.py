"""UMLS and RxNorm, on tables made by hand."""

import gzip

import pytest

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Source, read_kb


def atom(cui, name, *, lat="ENG", ts="P", stt="PF", pref="Y", sab="MSH", tty="MH", suppress="N"):
    return f"{cui}|{lat}|{ts}|L1|{stt}|S1|{pref}|A1||||{sab}|{tty}|C|{name}|0|{suppress}|256|"


CONSO = [
    atom("C0000001", "Gouts", ts="S", tty="ET"),
    atom("C0000001", "Gout"),
    atom("C0000001", "Podagra", sab="SNOMEDCT_US", tty="PT"),
    atom("C0000001", "Gicht", lat="GER"),
    atom("C0000001", "Gout, NOS", suppress="O"),
    atom("C0000002", "Fever"),
    atom("C0000003", "Fieber", lat="GER"),
    atom("C0000004", "Aspirin", sab="RXNORM", tty="IN"),
]
STY = [
    "C0000001|T047|B2|Disease or Syndrome|AT1||",
    "C0000002|T184|A2|Sign or Symptom|AT2||",
    "C0000004|T121|A1|P|AT3||",
]
DEF = ["C0000001|A1|AT1||MSH|Crystals in joints.|N||", "C0000001|A1|AT1||NCI|Another.|N||"]
RANK = ["0500|SNOMEDCT_US|PT|N|", "0400|MSH|MH|N|", "0300|MSH|ET|N|"]


@pytest.fixture
def meta(tmp_path):
    folder = tmp_path / "2024AB" / "META"
    folder.mkdir(parents=True)
    for name, rows in (("MRCONSO", CONSO), ("MRSTY", STY), ("MRDEF", DEF)):
        (folder / f"{name}.RRF").write_text("\n".join(rows) + "\n")
    (folder / "release.dat").write_text("umls.release.name=2024AB\n")
    return folder


def test_concepts_have_names_types_and_a_definition(meta):
    source = Source(meta.parent)
    kb = read_kb("umls", source)
    gout = kb["C0000001"]
    assert (gout.name, gout.synonyms, gout.types) == ("Gout", ("Gouts", "Podagra"), ("T047",))
    assert gout.definition == "Crystals in joints."
    assert [concept.concept_id for concept in kb.concepts] == ["C0000001", "C0000002", "C0000004"]
    assert kb.provenance.version == "2024AB"
    assert "UMLS" in kb.provenance.licence
    assert source.skipped.counts == {"names in another language (GER)": 2, "suppressible names": 1}
    assert source.skipped.places["suppressible names"] == ["MRCONSO.RRF, line 5: C0000001 'Gout, NOS'"]


def test_the_ranks_of_umls_choose_the_preferred_name(meta):
    (meta / "MRRANK.RRF").write_text("\n".join(RANK) + "\n")
    assert read_kb("umls", meta)["C0000001"].name == "Podagra"


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"vocabularies": "SNOMEDCT_US,RXNORM"}, ["C0000001", "C0000004"]),
        ({"languages": "GER"}, ["C0000001", "C0000003"]),
        ({"types": "T184"}, ["C0000002"]),
        ({"languages": "", "types": ""}, ["C0000001", "C0000002", "C0000003", "C0000004"]),
    ],
)
def test_what_is_wanted_can_be_said(meta, options, ids):
    assert [concept.concept_id for concept in read_kb("umls", meta, **options).concepts] == ids


def test_names_have_the_language_that_umls_gives_them(meta):
    gout = read_kb("umls", meta, languages="")["C0000001"]
    assert list(gout.languages_of_names()) == [("Gout", "en"), ("Gouts", "en"), ("Podagra", "en"), ("Gicht", "de")]


def test_suppressible_names_come_when_asked_for(meta):
    assert "Gout, NOS" in read_kb("umls", meta, suppressible="true")["C0000001"].synonyms
    with pytest.raises(KnowledgeBaseError, match="use true or false"):
        read_kb("umls", meta, suppressible="perhaps")


def test_packed_parts_are_one_table(meta):
    whole = read_kb("umls", meta)
    (meta / "MRCONSO.RRF").unlink()
    for part, rows in (("aa", CONSO[:3]), ("ab", CONSO[3:])):
        (meta / f"MRCONSO.RRF.{part}.gz").write_bytes(gzip.compress(("\n".join(rows) + "\n").encode()))
    assert list(read_kb("umls", meta).concepts) == list(whole.concepts)


def test_what_is_wrong_is_said_with_its_line(meta):
    with pytest.raises(KnowledgeBaseError, match=r"There is no MRCONSO\.RRF in .*name its folder"):
        read_kb("umls", meta / "release.dat")
    (meta / "MRCONSO.RRF").write_text("\n".join([CONSO[5], CONSO[0]]))
    with pytest.raises(KnowledgeBaseError, match="line 2: C0000001 comes behind C0000002; sort"):
        read_kb("umls", meta)
    (meta / "MRCONSO.RRF").write_text("C1|ENG\n")
    with pytest.raises(KnowledgeBaseError, match="line 1: expected 17 fields"):
        read_kb("umls", meta)


RXN = [
    "161|ENG||||||1|161|161||RXNORM|SCD|161|acetaminophen 500 MG Oral Tablet||N|4096|",
    "161|ENG||||||2|161|161||RXNORM|IN|161|acetaminophen||N|4096|",
    "161|ENG||||||3|161|161||RXNORM|SY|161|APAP||N|4096|",
    "161|ENG||||||4|161|161||MTHSPL|SU|161|ACETAMINOPHEN||N||",
    "162|ENG||||||5|162|162||RXNORM|BN|162|Tylenol||O||",
]


def test_ingredients_name_the_drugs_of_rxnorm(tmp_path):
    (tmp_path / "RXNCONSO.RRF").write_text("\n".join(RXN) + "\n")
    (tmp_path / "RXNSTY.RRF").write_text("161|T109|A1|Organic Chemical|||\n161|T121|A1|Drug|||\n")
    kb = read_kb("rxnorm", tmp_path)
    assert len(kb) == 1
    drug = kb["RXNORM:161"]
    assert (drug.name, drug.synonyms) == ("acetaminophen", ("acetaminophen 500 MG Oral Tablet", "APAP"))
    assert drug.types == ("T109", "T121")
    assert len(read_kb("rxnorm", tmp_path, suppressible=True, term_types="BN")) == 1


def test_types_that_are_not_in_order_are_an_error(meta):
    (meta / "MRSTY.RRF").write_text("\n".join([STY[2], *STY[:2]]) + "\n")
    with pytest.raises(KnowledgeBaseError, match="sort it by concept"):
        read_kb("umls", meta)
