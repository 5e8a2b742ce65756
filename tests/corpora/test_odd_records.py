"""Records whose texts or ids are not as they should be: told, or read as they are meant."""

import json

import pytest

from angel_spacy.corpora.formats import format_called, read_articles
from angel_spacy.errors import CorpusError
from angel_spacy.records import Article, LinkedArticle, Mention


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    ("beside", "is_read"),
    [
        ({"title": "Gout and aspirin."}, False),
        ({"abstract": "Gout."}, False),
        ({"title": "aki", "abstract": "AKI  is common."}, True),
        ({"title": None, "abstract": ""}, True),
    ],
)
def test_a_text_is_the_whole_and_what_it_lacks_is_told(tmp_path, form, beside, is_read):
    path = tmp_path / f"a.{form}"
    record = {"id": "1", **beside, "text": "AKI is common."}
    if form == "parquet":
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.Table.from_pylist([record]), path)
    else:
        path.write_text(json.dumps(record))
    problems = []
    assert [one.text for one in read_articles(path, form, problems.append)] == ["AKI is common."] * is_read
    assert ["is not in its `text`" in str(one) for one in problems] == [True] * (not is_read)


@pytest.mark.parametrize("value", [b"Gout.", 5, ["Gout."]])
@pytest.mark.parametrize("name", ["text", "title"])
def test_texts_of_parquet_that_are_none_are_told(tmp_path, name, value):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    other = {"text": "abstract", "title": "abstract"}[name]
    parquet.write_table(arrow.Table.from_pylist([{"id": "1", name: value, other: "AKI."}]), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=f"expected text under `{name}`"):
        list(read_articles(tmp_path / "a.parquet"))


def test_numbers_of_parquet_with_gaps_are_whole(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"pmid": [1.0, None, 3.0], "text": ["Gout.", "AKI.", "Flu."]})
    parquet.write_table(table, tmp_path / "a.parquet")
    problems = []
    assert [one.article_id for one in read_articles(tmp_path / "a.parquet", None, problems.append)] == ["1", "3"]
    assert len(problems) == 1


@pytest.mark.parametrize("text", [None, ""])
def test_an_empty_text_is_none(tmp_path, text):
    record = {"id": "1", "title": "Gout.", "abstract": "AKI.", "text": text}
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    (article,) = read_articles(tmp_path / "a.jsonl")
    assert (article.title, article.abstract) == ("Gout.", "AKI.")


def test_ids_of_any_kind_come_back_from_brat(tmp_path):
    ids = ("ID:5", ":x", "x:", "D006073", "MESH:D1", "a:b:c", "ID:", ":", "http://x.org/a#b")
    with format_called("brat").sink(tmp_path / "brat") as put:
        put(LinkedArticle.of(Article("1", "", "Gout.", (Mention("Gout", 0, 4, "Disease", ids),))))
    ((mention,),) = (one.mentions for one in read_articles(tmp_path / "brat", "brat"))
    assert mention.concept_ids == ids
