"""What fuzzing found: values of other kinds, half characters, absurd numbers, encodings that there are not."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.jsonl import jsonl_line
from angel_spacy.errors import CorpusError
from angel_spacy.records import Article, LinkedArticle

Read = Callable[[str, str | bytes], tuple[list[Article], list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The articles of a file and what was reported; they are fit to be written."""

    def articles(form: str, content: str | bytes) -> tuple[list[Article], list[str]]:
        path = tmp_path / "a.file"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        problems: list[CorpusError] = []
        found = list(read_articles(path, form, problems.append))
        for article in found:
            jsonl_line(LinkedArticle.of(article)).encode()
        return found, list(map(str, problems))

    return articles


BIOC = {"id": "1", "passages": [{"offset": 0, "text": "Gout.", "infons": {"type": "title"}, "annotations": []}]}
TASK = {"data": {"text": "Gout."}, "annotations": [{"result": []}]}
LINE = {"id": "1", "text": "Gout.", "mentions": [{"start": 0, "end": 4}]}
CANDIDATE = {"id": "D1", "name": "Gout", "generated_name": "gout", "probability": 1.0, "score": 0.0, "types": []}


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("jsonl", LINE | {"mentions": [{"start": 0, "end": 4, "label": "\ud800"}]}),
        ("bioc-json", BIOC | {"id": "\ud800"}),
        ("label-studio", [TASK | {"id": "\ud800"}]),
        ("europe-pmc", [{"pmcid": "\ud800", "annotations": [{"exact": "gout"}]}]),
    ],
)
def test_half_a_character_is_reported(read: Read, form: str, content: object):
    found, problems = read(form, json.dumps(content))
    assert not found
    assert "half a surrogate pair" in problems[0]


@pytest.mark.parametrize(
    "mention",
    [
        {"start": 0, "end": 4, "fragments": [[0, float("inf")]]},
        {"start": 0, "end": 4, "fragments": [0]},
        {"start": 0, "end": 4, "candidates": [CANDIDATE | {"score": 10**400}]},
        {"start": 0, "end": 4, "candidates": [CANDIDATE | {"id": []}]},
    ],
)
def test_a_mention_of_odd_values_costs_no_article(read: Read, mention: dict):
    (article,), problems = read("jsonl", json.dumps(LINE | {"mentions": [mention]}))
    assert (article.mentions, len(problems)) == ((), 1)


@pytest.mark.parametrize("section", [{"name": "x", "start": 0.0, "end": 1}, {"name": "x", "start": True, "end": 2}])
def test_sections_have_whole_numbers(read: Read, section: dict):
    found, problems = read("jsonl", json.dumps({"id": "1", "title": "Gout.", "sections": [section]}))
    assert (found, len(problems)) == ([], 1)


@pytest.mark.parametrize(
    "annotation",
    [
        {"locations": [{"offset": 2, "length": -1}]},
        {"locations": [{"offset": float("inf"), "length": 1}]},
        {"locations": [{"offset": 0, "length": 4}], "infons": ["x"]},
    ],
)
def test_annotations_of_bioc_that_are_none(read: Read, annotation: dict):
    passage = BIOC["passages"][0] | {"annotations": [annotation]}
    (article,), problems = read("bioc-json", json.dumps(BIOC | {"passages": [passage]}))
    assert (article.mentions, len(problems)) == ((), 1)


@pytest.mark.parametrize("encoding", ["x-none", "big5", "undefined"])
def test_xml_in_an_encoding_that_cannot_be_read(read: Read, encoding: str):
    found, problems = read("bioc-xml", f'<?xml version="1.0" encoding="{encoding}"?><collection></collection>')
    assert (found, len(problems)) == ([], 1)


def test_elements_nested_beyond_reason_are_a_broken_article(read: Read):
    depth = 20_000
    found, problems = read("jats", f"<article><front><article-meta>{'<p>' * depth}{'</p>' * depth}"
                                   "</article-meta></front></article>")  # fmt: skip
    assert (found, len(problems)) == ([], 1)
    words = f"<article-id pub-id-type='pmid'>1</article-id><abstract>{'<p>' * depth}x{'</p>' * depth}</abstract>"
    found, problems = read("jats", f"<article><front><article-meta>{words}</article-meta></front></article>")
    assert (found, len(problems)) == ([], 1)
    assert "is broken" in problems[0]


@pytest.mark.parametrize("title_end", [-3, True, 99])
def test_a_title_of_label_studio_ends_within_its_text(read: Read, title_end: int):
    (article,), _ = read("label-studio", json.dumps([TASK | {"data": {"text": "Gout.", "title_end": title_end}}]))
    assert (article.title, article.abstract) == ("", "Gout.")


def test_a_table_with_a_cell_beyond_reason_is_cut_short(read: Read):
    head = "ID\tTerm\tGeneral SNOMED ID\tSpecific SNOMED ID\tExample\n1\tgout\t1\t2\tMy gout\n"
    (article,), problems = read("cometa", f"{head}2\tgout\t1\t2\t{'x' * 200_000}\n3\tgout\t1\t2\tgout\n")
    assert (article.article_id, len(problems)) == ("1", 1)


def test_offsets_with_thousands_of_digits(read: Read):
    huge = "9" * 5000
    (article,), problems = read("pubtator", f"1|t|Gout.\n1|a|\n1\t{huge}\t{huge}\tGout\tDisease\tD1\n")
    assert (article.mentions, len(problems)) == ((), 1)
    assert len(problems[0]) < 3000
    found, problems = read("webanno", f"#T_SP=x|value\n#Text=Gout\n1-1\t0-{huge}\tGout\t_\n")
    assert (found, len(problems)) == ([], 1)


def test_a_sentence_far_from_the_one_before_takes_no_memory(read: Read):
    found, problems = read("webanno", "#T_SP=x|value\n#Text=Gout\n1-1\t900000000-900000004\tGout\t_\n")
    assert found == []
    assert "far behind the one before" in problems[0]


@pytest.mark.parametrize("span", ['start="x" end="4"', 'start="4" end="0"', 'start="0" end="99"'])
def test_spans_of_knowtator_that_are_none(tmp_path: Path, span: str):
    (tmp_path / "1.txt").write_text("Gout.\n")
    (tmp_path / "1.knowtator.xml").write_text(
        f'<annotations textSource="1.txt"><annotation><mention id="i"/><span {span}/></annotation></annotations>'
    )
    problems: list[CorpusError] = []
    (article,) = read_articles(tmp_path, "knowtator", problems.append)
    assert (article.mentions, len(problems)) == ((), 1)


@pytest.mark.parametrize(("start", "end"), [(0, 3), (1, 3), (0, 2), (0, 1), (2, 4)])
@pytest.mark.parametrize("words", ["F", "Fl", "Flu", "u"])
def test_no_mention_of_pubtator_begins_before_its_text(tmp_path: Path, start: int, end: int, words: str):
    """Offsets may be off by a few characters: where the words stand is looked for around them."""
    path = tmp_path / "a.pubtator"
    path.write_text(f"1|t|Flu\n1|a|\n1\t{start}\t{end}\t{words}\tDisease\tD1\n")
    (article,) = read_articles(path, "pubtator", lambda _: None)
    assert all(one.text == article.text[one.start : one.end] != "" for one in article.mentions)


def test_knowtator_reads_no_text_outside_of_its_folder(tmp_path: Path):
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "1.knowtator.xml").write_text('<annotations textSource="../secret"></annotations>')
    problems: list[CorpusError] = []
    assert list(read_articles(folder, "knowtator", problems.append)) == []
    assert "there is no text" in str(problems[0])


@pytest.mark.parametrize("column", ["sections", "mentions"])
@pytest.mark.parametrize("value", [[{"name": "x", "start": "a", "end": "b"}], [{"name": "x", "start": 1, "end": 99}]])
def test_columns_of_parquet_with_other_values(tmp_path: Path, column: str, value: list):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.Table.from_pylist([{"id": "1", "text": "Gout.", column: value}]), tmp_path / "a.parquet")
    problems: list[CorpusError] = []
    found = list(read_articles(tmp_path / "a.parquet", on_error=problems.append))
    assert [one.mentions for one in found] == ([] if column == "sections" else [()])
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("pubtator", "1|t|x\n1|a|x\n1\t1\t" + "a" * 100_000 + "\n"),
        ("pubmed-xml", "<!--" * 50_000),
        ("pubmed-xml", "<PubmedArticleSet " * 15_000),
        ("marked", "START " * 20_000),
        ("brat", "N1\tReference T1 " + ":" * 100_000 + " x"),
    ],
)
def test_a_long_run_takes_no_time_that_grows_with_its_square(tmp_path: Path, form: str, content: str):
    path = tmp_path / "a.ann"
    path.write_text(content)
    path.with_suffix(".txt").write_text("Gout.")
    started = time.process_time()
    list(read_articles(tmp_path if form == "brat" else path, form, lambda _: None))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(("end", "title"), [(4, "Gout"), (3, ""), (7, ""), (11, ""), (12, "Gout hurts. "), (True, "")])
def test_a_title_ends_where_a_space_is(read: Read, end: int, title: str):
    """Else a character of the text would be lost, and the mentions behind it would be others."""
    region = {"start": 5, "end": 10, "text": "hurts", "labels": ["Symptom"]}
    task = {"data": {"text": "Gout hurts. ", "title_end": end}, "annotations": [{"result": [{"value": region}]}]}
    (article,), _ = read("label-studio", json.dumps([task]))
    assert (article.title, article.text) == (title, "Gout hurts. ")
    assert [article.text[one.start : one.end] for one in article.mentions] == ["hurts"]
