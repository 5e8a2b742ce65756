import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.util import ignore_error, raise_error
from tiny import tiny_pipeline

from angel_spacy.annotation.stream import annotate, to_json, write_annotations
from angel_spacy.corpora.jsonl import read_linked
from angel_spacy.corpora.pubtator import read_pubtator
from angel_spacy.errors import ConfigError, CorpusError
from angel_spacy.records import Article


@Language.component("explodes_on_boom")
def explodes_on_boom(doc):
    if "boom" in doc.text:
        raise RuntimeError("it went\noff")
    return doc


@Language.component("ids_of_rules")
def ids_of_rules(doc):
    for ent in doc.ents:
        for token in ent:
            if ent.label_ == "DRUG":
                token.ent_kb_id_ = ent.ent_id_ or "NIL"
    return doc


@pytest.fixture(scope="module")
def nlp() -> Language:
    return tiny_pipeline()


@pytest.fixture(scope="module")
def fragile() -> Language:
    nlp = tiny_pipeline()
    nlp.add_pipe("explodes_on_boom", first=True)
    return nlp


def articles(*texts: str) -> list[Article]:
    return [Article(str(number), "", text) for number, text in enumerate(texts)]


def test_mentions_come_with_links_and_candidates(nlp: Language):
    (found,) = annotate(nlp, [Article("7", "Gout and aspirin.", "Renal failure too.")])
    assert [mention.text for mention in found.article.mentions] == ["Gout", "aspirin", "Renal failure"]
    assert [mention.concept_ids for mention in found.article.mentions] == [(c[0].concept_id,) for c in found.candidates]
    assert found.nil_reasons == ("", "", "")
    record = to_json(found)
    assert (record["id"], record["title"], record["abstract"]) == ("7", "Gout and aspirin.", "Renal failure too.")
    assert {"start": 9, "end": 16, "text": "aspirin", "label": "CHEMICAL"}.items() <= record["mentions"][1].items()
    assert len(record["mentions"][1]["candidates"]) == 3


def test_a_mention_that_is_nil_says_why():
    (found,) = annotate(tiny_pipeline(threshold=1.0), articles("Gout."))
    assert found.article.mentions[0].concept_ids == ()
    assert len(found.candidates[0]) == 3
    assert "threshold" in to_json(found)["mentions"][0]["nil_reason"]


def test_a_mention_that_is_not_asked_to_be_linked_is_written_too():
    (found,) = annotate(tiny_pipeline(labels=["DISEASE"]), articles("Gout and aspirin."))
    assert [bool(mention.concept_ids) for mention in found.article.mentions] == [True, False]
    assert found.nil_reasons[1] == "the linker did not look at this mention"


def test_links_that_another_component_made_are_kept():
    nlp = tiny_pipeline(labels=["DISEASE"])
    patterns = [{"label": "DRUG", "pattern": "zinc", "id": "D015032|D1"}, {"label": "DRUG", "pattern": "iron"}]
    nlp.add_pipe("entity_ruler", name="drugs", first=True).add_patterns(patterns)
    nlp.add_pipe("ids_of_rules", last=True)
    (found,) = annotate(nlp, articles("Gout, zinc and iron."))
    ours, given, none = found.article.mentions
    assert ours.concept_ids == (found.candidates[0][0].concept_id,)
    assert (given.concept_ids, none.concept_ids) == (("D015032", "D1"), ())
    assert found.nil_reasons == ("", "", "the linker did not look at this mention")
    (sceptic,) = annotate(tiny_pipeline(threshold=1.0, nil_label="none"), articles("Gout."))
    assert sceptic.article.mentions[0].concept_ids == ()


def test_an_article_that_fails_keeps_its_place_and_says_why(fragile: Language):
    found = list(annotate(fragile, articles("gout", "boom gout", "", "aspirin", "boom"), batch_size=2))
    assert [annotation.article.article_id for annotation in found] == list("01234")
    assert [len(annotation.article.mentions) for annotation in found] == [1, 0, 0, 1, 0]
    assert [annotation.error for annotation in found] == ["", "RuntimeError: it went off", "", "", found[1].error]


def test_an_article_that_is_too_long_fails_alone(nlp: Language, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nlp, "max_length", 10)
    found = list(annotate(nlp, articles("gout", "gout and aspirin", "gout")))
    assert [len(annotation.article.mentions) for annotation in found] == [1, 0, 1]
    assert "maximum of 10" in found[1].error


def test_articles_that_an_error_handler_drops_are_not_lost(fragile: Language):
    fragile.set_error_handler(ignore_error)
    found = list(annotate(fragile, articles("boom", "gout", "boom", "boom"), batch_size=2))
    fragile.set_error_handler(raise_error)
    assert [annotation.article.article_id for annotation in found] == list("0123")
    assert [len(annotation.article.mentions) for annotation in found] == [0, 1, 0, 0]


def test_an_error_of_the_source_comes_after_all_that_was_before_it(nlp: Language):
    def broken() -> Iterator[Article]:
        yield from articles("gout", "aspirin")
        raise CorpusError("record 3 is broken; mend it")

    stream = annotate(nlp, broken())
    assert [next(stream).article.article_id for _ in range(2)] == ["0", "1"]
    with pytest.raises(CorpusError, match="record 3"):
        next(stream)


def test_a_pipeline_that_cannot_even_start_says_so(nlp: Language, monkeypatch: pytest.MonkeyPatch):
    def breaks(*_, **__):
        raise RuntimeError("no start")

    monkeypatch.setattr(nlp, "pipe", breaks)
    with pytest.raises(RuntimeError, match="no start"):
        list(annotate(nlp, articles("gout")))


def test_worker_processes_change_nothing(fragile: Language):
    corpus = articles("gout", "boom", "aspirin and gout", "", "renal failure", "boom", "boom")
    alone = [to_json(annotation) for annotation in annotate(fragile, corpus)]
    shared = [to_json(annotation) for annotation in annotate(fragile, corpus, n_process=2, batch_size=2)]
    assert [record.get("error") for record in shared] == [record.get("error") for record in alone]
    assert [[m["concept_id"] for m in r["mentions"]] for r in shared] == [
        [m["concept_id"] for m in r["mentions"]] for r in alone
    ]


def test_articles_are_read_as_they_are_needed(nlp: Language):
    read: list[int] = []

    def endless() -> Iterator[Article]:
        while True:
            read.append(len(read))
            yield Article(str(len(read)), "", "gout")

    stream = annotate(nlp, endless(), batch_size=4)
    for _ in range(10):
        next(stream)
    assert len(read) < 40
    stream.close()


PIPELINE = tiny_pipeline()
CHARACTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
TEXTS = st.lists(CHARACTERS | st.sampled_from(["gout", " aspirin ", "\0", "\n"]), max_size=6).map("".join)


@settings(max_examples=25)
@given(st.lists(TEXTS, max_size=4))
def test_any_text_comes_out_as_it_went_in(texts: list[str]):
    corpus = articles(*texts)
    found = list(annotate(PIPELINE, corpus))
    assert [annotation.article.text for annotation in found] == texts
    assert not any(annotation.error for annotation in found)
    for annotation in found:
        text = annotation.article.text
        assert all(text[mention.start : mention.end] == mention.text for mention in annotation.article.mentions)


def test_odd_texts_are_annotated_where_they_should_be(nlp: Language):
    texts = ["🦶🏽 gout", "NUL\0 gout", "gou\u0301t gout", "مرض نقرس", "x " * 50_000 + "gout", " \n\t ", "…!?"]
    found = list(annotate(nlp, articles(*texts)))
    assert [[mention.text for mention in annotation.article.mentions] for annotation in found] == [
        ["gout"],
        ["gout"],
        ["gout"],
        ["نقرس"],
        ["gout"],
        [],
        [],
    ]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_written_jsonl_reads_back(tmp_path: Path, nlp: Language, name: str):
    annotations = list(annotate(nlp, articles("gout and aspirin", "nothing", "🦶🏽 gout \0")))
    tally = write_annotations(annotations, tmp_path / "new" / name)
    assert (tally.articles, tally.mentions, tally.linked, tally.failed) == (3, 3, 3, 0)
    read = list(read_linked(tmp_path / "new" / name))
    assert read == [(annotation.article, annotation.candidates) for annotation in annotations]


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
    with pytest.raises(ConfigError, match=r"End the name with \.jsonl or \.pubtator"):
        write_annotations(annotate(nlp, articles("gout")), tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())
