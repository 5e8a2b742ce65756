"""Mentions that are not in one piece, as the formats have them."""

import json

import pytest
from knowtator_toys import knowtator

from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.jsonl import jsonl_line
from angel_spacy.records import Article, LinkedArticle


@pytest.mark.parametrize("form", ["knowtator", "brat", "bioc-json", "parquet"])
@pytest.mark.parametrize(
    ("places", "fragments"),
    [
        ([(5, 10), (5, 15)], ()),
        ([(0, 4), (0, 4)], ()),
        ([(11, 15), (0, 4)], ((0, 4), (11, 15))),
        ([(0, 10), (1, 3), (11, 15)], ((0, 10), (11, 15))),
        ([(0, 15), (1, 3)], ()),
    ],
)
def test_parts_over_another_are_one(tmp_path, form, places, fragments):
    text = "Gout, acute one."
    path = write_parts(tmp_path, form, text, places)
    ((mention,),) = (one.mentions for one in read_articles(path, form))
    assert mention.fragments == fragments
    assert (mention.start, mention.end) == (min(one for one, _ in places), max(other for _, other in places))
    again = tmp_path / "again.jsonl"
    again.write_text(jsonl_line(LinkedArticle.of(Article("1", "", text, (mention,)))))
    assert next(iter(read_articles(again))).mentions == (mention,)


def write_parts(folder, form, text, places):
    if form == "parquet":
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        start, end = min(one for one, _ in places), max(other for _, other in places)
        parts = [{"start": one, "end": other} for one, other in places]
        rows = [{"id": "1", "text": text, "mentions": [{"start": start, "end": end, "fragments": parts}]}]
        parquet.write_table(arrow.Table.from_pylist(rows), folder / "a.parquet")
        return folder / "a.parquet"
    if form == "bioc-json":
        locations = [{"offset": one, "length": other - one} for one, other in places]
        passage = {"offset": 0, "text": text, "annotations": [{"locations": locations}]}
        (folder / "a.json").write_text(json.dumps({"documents": [{"id": "1", "passages": [passage]}]}))
        return folder / "a.json"
    (folder / "1.txt").write_text(text)
    if form == "knowtator":
        knowtator(folder / "1.txt.xml", "1.txt", *places)
    else:
        parts = ";".join(f"{one} {other}" for one, other in places)
        (folder / "1.ann").write_text(f"T1\tDisease {parts}\t{' '.join(text[a:b] for a, b in sorted(places))}\n")
    return folder
