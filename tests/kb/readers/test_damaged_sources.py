"""What fuzzing found: values of other kinds, absurd numbers, sheets that end, contexts that are elsewhere."""

import io
import json
import time
import zipfile
from pathlib import Path

import pytest

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import read_kb
from angel_spacy.kb.identifiers import fold_id

DEEP = "[" * 100_000
HEADING = (
    "<DescriptorRecordSet><DescriptorRecord><DescriptorUI>D1</DescriptorUI><DescriptorName><String>&b;</String>"
    "</DescriptorName></DescriptorRecord></DescriptorRecordSet>"
)


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("mesh", "a.jsonl", '{"id": 5, "names": ["Gout"]}\n'),
        ("mesh", "a.jsonl", '{"id": "D1", "names": ["Gout"], "tree": [1.5]}\n'),
        ("mesh", "a.xml", '<?xml version="1.0" encoding="x-none"?><DescriptorRecordSet/>'),
        ("mesh", "a.xml", f"<!DOCTYPE x [<!ENTITY b 'Gout'>]>{HEADING}"),
        ("drugbank-open", "a.csv", f"DrugBank ID,Common name,Synonyms\nDB1,{'x' * 200_000},\n"),
        ("table", "a.jsonl", f'{{"id": {DEEP}\n'),
        ("scispacy", "a.jsonl", f'{{"concept_id": {DEEP}\n'),
        ("angel", "a.json", f'{{"D1": [{"9" * 5000}]}}'),
    ],
)
def test_damage_is_an_error_that_names_the_file(tmp_path: Path, kind: str, name: str, content: str):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match=name):
        read_kb(kind, path)


def test_ranks_of_umls_are_numbers(tmp_path: Path):
    (tmp_path / "MRCONSO.RRF").write_text("C0000001|ENG|P|L1|PF|S1|Y|A1||||MSH|MH|C|Gout|0|N|256|\n")
    (tmp_path / "MRSTY.RRF").write_text("C0000001|T047|B2|Disease|AT1||\n")
    (tmp_path / "MRRANK.RRF").write_text("first|MSH|MH|N|\n")
    with pytest.raises(KnowledgeBaseError, match=r"MRRANK\.RRF, line 1: expected a rank"):
        read_kb("umls", tmp_path)


def test_a_sheet_that_is_cut_short(tmp_path: Path):
    book = pytest.importorskip("openpyxl").Workbook()
    book.active.append(["id", "name"])
    book.save(file := io.BytesIO())
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(path, "w") as cut:
        for name in whole.namelist():
            data = whole.read(name)
            cut.writestr(name, data[:-20] if "sheet1" in name else data)
    with pytest.raises(KnowledgeBaseError, match="cannot be read as a workbook"):
        read_kb("table", path)


@pytest.mark.parametrize("context", ["http://127.0.0.1:9/x.jsonld", ["file:///etc/hostname"]])
def test_a_context_that_is_elsewhere_is_not_fetched(tmp_path: Path, context: object):
    pytest.importorskip("rdflib")
    path = tmp_path / "a.jsonld"
    path.write_text(json.dumps({"@graph": [{"@context": context, "@id": "http://x/c_1"}]}))
    with pytest.raises(KnowledgeBaseError, match="its context is elsewhere"):
        read_kb("skos", path)


def test_values_of_obo_graphs_that_are_no_text(tmp_path: Path):
    path = tmp_path / "a.json"
    alt = {"pred": "x#hasAlternativeId", "val": {"x": 1}}
    node = {"id": "X:1", "lbl": "gout", "meta": {"definition": {"val": 5}, "basicPropertyValues": [alt]}}
    path.write_text(json.dumps({"graphs": [{"nodes": [node]}]}))
    (gout,) = read_kb("obograph", path).concepts
    assert (gout.definition, gout.alt_ids) == ("5", ())


def test_an_id_of_thousands_of_prefixes():
    assert fold_id("DO:" * 5000 + "DOID:1") == "DOID:1"
    assert fold_id(":" * 100_000) == ""


def test_a_long_run_of_blanks_takes_no_time_that_grows_with_its_square(tmp_path: Path):
    path = tmp_path / "a.obo"
    path.write_text(f"format-version: 1.2\n\n[Term]\nid: X:1\nname: x\nxref: y{' ' * 100_000}z\n")
    started = time.process_time()
    assert len(read_kb("obo", path)) == 1
    assert time.process_time() - started < 2
