import gzip
import warnings
from pathlib import Path

import pytest

from angel_spacy.corpora.formats import FORMATS, format_to_write, guess_format, listed, read_articles
from angel_spacy.errors import ConfigError, CorpusError

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"
PUBTATOR = "71|t|Gout.\n71|a|It hurts.\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", "", "jsonl"),
        ("a.jsonl.gz", "", "jsonl"),
        ("a.PubTator", "", "pubtator"),
        ("a.txt", "{curly} words begin this text", "text"),
        ("a.txt", PUBTATOR, "pubtator"),
        ("a.data", '\n {"id": "1"}', "jsonl"),
        ("a.data", "<?xml version='1.0'?>", "pubmed-xml"),
        ("a", PUBTATOR, "pubtator"),
        ("a.txt", "71|a|It hurts.\n", "pubtator"),
        ("a.txt", '{"id": "1", "text": "Gout."}', "jsonl"),
        ("a.txt", "<!doctype html><html>", "pubmed-xml"),
        ("a", "<eFetchResult>\n<ERROR>", "pubmed-xml"),
        ("a", "<b>Gout</b> hurts, <5 mg do not.", "text"),
        ("a", '\ufeff \n{"id": "1"}', "jsonl"),
        ("a", "Gout hurts.", "text"),
        ("a", "", "text"),
    ],
)
def test_the_format_is_told_by_suffix_or_by_beginning(tmp_path: Path, name: str, content: str, expected: str):
    path = tmp_path / name
    path.write_text(content)
    assert guess_format(path) == expected


@pytest.mark.parametrize("content", ["", "hello", PUBTATOR.replace("|", "/")])
def test_a_file_that_begins_as_none_of_its_suffix_is_an_error(tmp_path: Path, content: str):
    path = tmp_path / "a.xml"
    path.write_text(content)
    with pytest.raises(CorpusError, match=r"begins as no file of bioc-xml, jats or pubmed-xml does"):
        guess_format(path)


def test_gzip_is_told_by_its_bytes_not_by_its_name(tmp_path: Path):
    path = tmp_path / "unnamed"
    path.write_bytes(gzip.compress(PUBTATOR.encode()))
    assert [article.text for article in read_articles(path)] == ["Gout. It hurts."]


def test_a_named_format_wins_over_the_suffix(tmp_path: Path):
    path = tmp_path / "a.xml"
    path.write_text(PUBTATOR)
    assert next(read_articles(path, "pubtator")).article_id == "71"


def test_an_unknown_format_names_the_known_ones(tmp_path: Path):
    with pytest.raises(CorpusError, match=", ".join(one.name for one in FORMATS)):
        read_articles(tmp_path, "bioc")


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_a_missing_file_is_a_corpus_error_in_every_format(tmp_path: Path, name: str):
    with pytest.raises(CorpusError, match="check the path"):
        list(read_articles(tmp_path / "absent", name))
    with pytest.raises(CorpusError, match="check the path"):
        guess_format(tmp_path / "absent")


BAD_MENTIONS = {
    "a.pubtator": PUBTATOR + "71\t1\t9\tGout\tDisease\tD1\n71\tAssociation\tD1\tD2\nrubbish\n",
    "shifted.pubtator": "71|t|Gout. \n71|a|It hurts.\n71\t9\t14\thurts\tDisease\tD1\n",
    "a.jsonl": '{"id": "71", "text": "Gout.", "mentions": [{"start": 9, "end": 8, "label": "X"}, 5]}\n',
}


@pytest.mark.parametrize("name", BAD_MENTIONS)
def test_who_reads_texts_only_hears_nothing_of_mentions(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_text(BAD_MENTIONS[name])
    reported: list[CorpusError] = []
    assert [article.article_id for article in read_articles(path, on_error=reported.append)] == ["71"]
    assert reported
    reported.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [list(read_articles(path, on_error=told, texts_only=True)) for told in (None, reported.append)]
    assert [[(article.article_id, article.mentions) for article in articles] for articles in found] == [
        [("71", ())]
    ] * 2
    assert reported == []


@pytest.mark.parametrize("told", [True, False])
def test_who_reads_texts_only_hears_of_articles(tmp_path: Path, told: bool):
    path = tmp_path / "a.pubtator"
    path.write_text(f"rubbish\n\n{PUBTATOR}")
    reported: list[CorpusError] = []
    if told:
        assert len(list(read_articles(path, on_error=reported.append, texts_only=True))) == len(reported) == 1
    else:
        with pytest.raises(CorpusError, match="record 1, line 1"):
            list(read_articles(path, texts_only=True))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_the_format_to_write_is_told_by_the_suffix(suffix: str):
    told = {".jsonl": "jsonl", ".pubtator": "pubtator", ".xml": "bioc-xml", ".json": "bioc-json"}
    for end, name in told.items():
        assert format_to_write(Path(f"a{end}{suffix}")).name == name
        assert format_to_write(Path(f"a{end.upper()}{suffix}")).name == name
    assert format_to_write(Path("a.parquet")).name == "parquet"
    for end in (".parquet", ".spacy"):
        with pytest.raises(ConfigError, match=r"leave \.gz out"):
            format_to_write(Path(f"a{end}.gz"))
    for end in (".csv", ".nxml", ""):
        with pytest.raises(ConfigError, match=r"End the name with .*\.jsonl.* or \.\w+"):
            format_to_write(Path(f"a{end}{suffix}"))
    assert format_to_write(Path("folder"), "brat").name == "brat"
    with pytest.raises(ConfigError, match="cannot be written"):
        format_to_write(Path("a.xml"), "jats")


def test_words_are_listed_as_in_a_sentence():
    assert [listed("abc"), listed("ab"), listed("a")] == ["a, b or c", "a or b", "a"]


def test_what_the_docs_say_of_formats_is_what_they_are():
    suffixes = {one.name: " ".join(f"`{suffix}`" for suffix in one.suffixes) for one in FORMATS}
    true = {f"| `{one.name}` | {one.help} | {suffixes[one.name]} | {'yes' if one.sink else 'no'} |" for one in FORMATS}
    table = DOCS.read_text().partition("| written |")[2].partition("\n\n")[0].splitlines()[2:]
    assert set(table) == true
