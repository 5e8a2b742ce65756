# ruff: noqa: E501  the tables are as wide as they are
"""Any table, with a map of its columns."""

import gzip

import pytest
from small import write

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Source, read_kb

ROWS = [["code", "label", "also", "kind"], ["X1", "Gout", "Podagra;Gouty pain", "Disease"], ["X1", "gout, acute", "", ""],
        ["X2", "Fever", "", "Symptom"], ["", "nothing", "", ""]]  # fmt: skip


@pytest.fixture(params=["csv", "tsv", "parquet", "xlsx", "semicolons"])
def table(request, tmp_path):
    path = tmp_path / f"table.{'csv' if request.param == 'semicolons' else request.param}"
    if request.param == "parquet":
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table(dict(zip(ROWS[0], map(list, zip(*ROWS[1:], strict=True)), strict=True))), path)
    elif request.param == "xlsx":
        book = pytest.importorskip("openpyxl").Workbook()
        for row in ROWS:
            book.active.append(row)
        book.save(path)
    else:
        mark = {"csv": ",", "tsv": "\t", "semicolons": ";"}[request.param]
        path.write_text("\n".join(mark.join(f'"{cell}"' for cell in row) for row in ROWS) + "\n")
    return path, {"delimiter": ";"} if request.param == "semicolons" else {}


def test_any_table_with_a_map_of_its_columns(table):
    path, more = table
    source = Source(path)
    kb = read_kb("table", source, id="code", name="label", synonyms="also", types="kind", separator=";", **more)
    gout, fever = kb.concepts
    assert (gout.names, gout.types) == (("Gout", "gout, acute", "Podagra", "Gouty pain"), ("Disease",))
    assert fever.types == ("Symptom",)
    assert source.skipped.counts == {"rows without an id": 1}
    with pytest.raises(KnowledgeBaseError, match="there is no column id, name; it has code, label, also, kind"):
        read_kb("table", path, **more)


def test_a_table_that_is_none(tmp_path):
    for name, content in (("x.parquet", "PAR"), ("x.xlsx", "zip"), ("x.csv", "")):
        with pytest.raises(KnowledgeBaseError, match=r"cannot be read as|there is no column id"):
            read_kb("table", write(tmp_path, **{name.replace(".", "__"): content}) / name)


def test_objects_in_lines_are_a_table_whose_lists_stay_whole(tmp_path):
    path = tmp_path / "mine.jsonl.gz"
    lines = '{"id": "D1", "names": ["Gout", "a|b"], "tree": ["C05"]}\n\n{"id": "C7", "names": ["Rheum"], "mapped_to": ["D1"]}'
    path.write_bytes(gzip.compress(lines.encode()))
    gout, rheum = read_kb("table", path, name="names", types="tree", parents="mapped_to").concepts
    assert (gout.names, gout.types) == (("Gout", "a|b"), ("C05",))
    assert rheum.parents == ("D1",)
    for line, problem in (("[1]", "line 2: expected an object"), ("{", "line 2: not JSON")):
        path.write_bytes(gzip.compress(f'{{"id": "D1", "name": "a"}}\n{line}'.encode()))
        with pytest.raises(KnowledgeBaseError, match=problem):
            read_kb("table", path)
