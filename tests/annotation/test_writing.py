import gzip
import json
from pathlib import Path

import pytest
from spacy.language import Language
from tiny import articles, tiny_pipeline

from angel_spacy.annotation.stream import annotate
from angel_spacy.annotation.writing import write_annotations
from angel_spacy.corpora.jsonl import read_linked
from angel_spacy.corpora.pubtator import read_pubtator
from angel_spacy.errors import ConfigError, CorpusError
from angel_spacy.records import Article


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_written_jsonl_reads_back(tmp_path: Path, nlp: Language, name: str):
    annotations = list(annotate(nlp, articles("gout and aspirin", "nothing", "🦶🏽 gout \0")))
    tally = write_annotations(annotations, tmp_path / "new" / name)
    assert (tally.articles, tally.mentions, tally.linked, tally.failed) == (3, 3, 3, 0)
    assert list(read_linked(tmp_path / "new" / name)) == annotations


def test_written_pubtator_has_ids_and_a_dash_for_nil(tmp_path: Path, nlp: Language):
    path = tmp_path / "out.pubtator.gz"
    write_annotations(annotate(nlp, [Article("1", "Gout.", "No pain.")]), path)
    (article,) = read_pubtator(path)
    assert article.mentions[0].concept_ids[0].startswith("D")
    write_annotations(annotate(tiny_pipeline(threshold=1.0), [Article("1", "Gout.", "No pain.")]), path)
    assert "1\t0\t4\tGout\tDISEASE\t-\n" in gzip.decompress(path.read_bytes()).decode()


def test_failures_are_reported_and_written_or_raised(tmp_path: Path, fragile: Language):
    path, problems = tmp_path / "out.jsonl", []
    tally = write_annotations(annotate(fragile, articles("gout", "boom")), path, problems.append)
    assert (tally.articles, tally.failed) == (2, 1)
    assert [str(problem) for problem in problems] == [
        "article 1: RuntimeError: it went off; it is written without mentions"
    ]
    last = json.loads(path.read_text().splitlines()[1])
    assert last == {"id": "1", "title": "", "abstract": "boom", "mentions": [], "error": "RuntimeError: it went off"}
    path.unlink()
    with pytest.raises(CorpusError, match="article 1"):
        write_annotations(annotate(fragile, articles("gout", "boom")), path)
    assert [left.name for left in tmp_path.iterdir()] == ["out.jsonl.part"]  # nothing that looks complete


def test_an_id_that_pubtator_cannot_hold_is_reported_not_changed(tmp_path: Path, nlp: Language):
    path, problems = tmp_path / "out.pubtator", []
    write_annotations(annotate(nlp, [Article("a|b", "Gout", ""), Article("c", "Gout", "")]), path, problems.append)
    assert "'a|b'" in str(problems[0])
    assert "left out" in str(problems[0])
    assert [article.article_id for article in read_pubtator(path)] == ["c"]


def test_an_unknown_suffix_is_refused_before_anything_is_written(tmp_path: Path, nlp: Language):
    with pytest.raises(ConfigError, match=r"End the name with \.jsonl, \.pubtator"):
        write_annotations(annotate(nlp, articles("gout")), tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())
