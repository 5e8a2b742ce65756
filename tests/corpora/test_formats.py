import gzip
from pathlib import Path

import pytest

from angel_spacy.corpora.formats import READERS, guess_format, read_articles
from angel_spacy.errors import CorpusError

PUBTATOR = "71|t|Gout.\n71|a|It hurts.\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", "", "jsonl"),
        ("a.jsonl.gz", "", "jsonl"),
        ("a.PubTator", "", "pubtator"),
        ("a.xml", "", "pubmed-xml"),
        ("a.txt", "{curly} words begin this text", "text"),
        ("a.txt", PUBTATOR, "pubtator"),
        ("a.data", '\n {"id": "1"}', "jsonl"),
        ("a.data", "<?xml version='1.0'?>", "pubmed-xml"),
        ("a", PUBTATOR, "pubtator"),
        ("a", "Gout hurts.", "text"),
        ("a", "", "text"),
    ],
)
def test_the_format_is_told_by_suffix_or_by_beginning(tmp_path: Path, name: str, content: str, expected: str):
    path = tmp_path / name
    path.write_text(content)
    assert guess_format(path) == expected


def test_gzip_is_told_by_its_bytes_not_by_its_name(tmp_path: Path):
    path = tmp_path / "unnamed"
    path.write_bytes(gzip.compress(PUBTATOR.encode()))
    assert [article.text for article in read_articles(path)] == ["Gout. It hurts."]


def test_a_named_format_wins_over_the_suffix(tmp_path: Path):
    path = tmp_path / "a.xml"
    path.write_text(PUBTATOR)
    assert next(read_articles(path, "pubtator")).article_id == "71"


def test_an_unknown_format_names_the_known_ones(tmp_path: Path):
    with pytest.raises(CorpusError, match="jsonl, text, pubtator, pubmed-xml"):
        read_articles(tmp_path / "a", "bioc")


@pytest.mark.parametrize("name", READERS)
def test_a_missing_file_is_a_corpus_error_in_every_format(tmp_path: Path, name: str):
    with pytest.raises(CorpusError, match="check the path"):
        list(read_articles(tmp_path / "absent", name))
    with pytest.raises(CorpusError, match="check the path"):
        guess_format(tmp_path / "absent")
