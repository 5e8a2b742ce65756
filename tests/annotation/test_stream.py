from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.util import ignore_error, raise_error
from tiny import articles, tiny_pipeline

from angel_spacy.annotation.stream import annotate
from angel_spacy.errors import ConfigError, CorpusError
from angel_spacy.kb import Concept
from angel_spacy.records import Article


@Language.component("ids_of_rules")
def ids_of_rules(doc):
    for ent in doc.ents:
        for token in ent:
            if ent.label_ == "DRUG":
                token.ent_kb_id_ = ent.ent_id_ or "NIL"
    return doc


def test_mentions_come_with_links_and_candidates(nlp: Language):
    (found,) = annotate(nlp, [Article("7", "Gout and aspirin.", "Renal failure too.")])
    article = found.article
    assert (article.article_id, article.title, article.abstract) == ("7", "Gout and aspirin.", "Renal failure too.")
    assert article.mentions == tuple(linked.mention for linked in found.mentions)
    assert [mention.text for mention in article.mentions] == ["Gout", "aspirin", "Renal failure"]
    assert [(one.start, one.end, one.label) for one in article.mentions][1] == (9, 16, "CHEMICAL")
    for linked in found.mentions:
        assert linked.mention.concept_ids == (linked.candidates[0].concept_id,)
        assert len(linked.candidates) == 3
        assert linked.nil_reason == ""


def test_a_mention_that_is_nil_says_why():
    (found,) = annotate(tiny_pipeline(threshold=1.0), articles("Gout."))
    (linked,) = found.mentions
    assert linked.mention.concept_ids == ()
    assert len(linked.candidates) == 3
    assert "threshold" in linked.nil_reason


def test_a_mention_that_is_not_asked_to_be_linked_is_written_too():
    (found,) = annotate(tiny_pipeline(labels=["DISEASE"]), articles("Gout and aspirin."))
    assert [bool(mention.concept_ids) for mention in found.article.mentions] == [True, False]
    assert found.mentions[1].nil_reason == "label not linked"


def test_links_that_another_component_made_are_kept():
    nlp = tiny_pipeline(labels=["DISEASE"])
    patterns = [{"label": "DRUG", "pattern": "zinc", "id": "D015032|D1"}, {"label": "DRUG", "pattern": "iron"}]
    nlp.add_pipe("entity_ruler", name="drugs", first=True).add_patterns(patterns)
    nlp.add_pipe("ids_of_rules", last=True)
    (found,) = annotate(nlp, articles("Gout, zinc and iron."))
    ours, given, none = found.article.mentions
    assert ours.concept_ids == (found.mentions[0].candidates[0].concept_id,)
    assert (given.concept_ids, none.concept_ids) == (("D015032", "D1"), ())
    assert [one.nil_reason for one in found.mentions] == ["", "", "label not linked"]
    (sceptic,) = annotate(tiny_pipeline(threshold=1.0, nil_label="none"), articles("Gout."))
    assert sceptic.article.mentions[0].concept_ids == ()


def test_an_id_that_contains_bars_stays_whole():
    nlp = tiny_pipeline([Concept("p|SUB|V|600|E;HGVS:V600E", "Gout")])
    (found,) = annotate(nlp, articles("Gout."))
    assert found.article.mentions[0].concept_ids == ("p|SUB|V|600|E;HGVS:V600E",)


def test_an_article_that_fails_keeps_its_place_and_says_why(fragile: Language):
    found = list(annotate(fragile, articles("gout", "boom gout", "", "aspirin", "boom"), batch_size=2))
    assert [linked.article.article_id for linked in found] == list("01234")
    assert [len(linked.article.mentions) for linked in found] == [1, 0, 0, 1, 0]
    assert [linked.error for linked in found] == ["", "RuntimeError: it went off", "", "", found[1].error]


def test_an_article_that_is_too_long_fails_alone(nlp: Language, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nlp, "max_length", 10)
    found = list(annotate(nlp, articles("gout", "gout and aspirin", "gout")))
    assert [len(linked.article.mentions) for linked in found] == [1, 0, 1]
    assert "maximum of 10" in found[1].error


def test_articles_that_an_error_handler_drops_are_not_lost(fragile: Language):
    fragile.set_error_handler(ignore_error)
    found = list(annotate(fragile, articles("boom", "gout", "boom", "boom"), batch_size=2))
    fragile.set_error_handler(raise_error)
    assert [linked.article.article_id for linked in found] == list("0123")
    assert [len(linked.article.mentions) for linked in found] == [0, 1, 0, 0]


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


def test_a_batch_without_articles_is_an_error(nlp: Language):
    with pytest.raises(ConfigError, match="1 or more"):
        list(annotate(nlp, articles("gout"), batch_size=0))


def test_worker_processes_change_nothing(fragile: Language):
    corpus = articles("gout", "boom", "aspirin and gout", "", "renal failure", "boom", "boom")
    alone = list(annotate(fragile, corpus))
    shared = list(annotate(fragile, corpus, n_process=2, batch_size=2))
    assert [(one.article, one.error) for one in shared] == [(one.article, one.error) for one in alone]


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


CHARACTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
TEXTS = st.lists(CHARACTERS | st.sampled_from(["gout", " aspirin ", "\0", "\n"]), max_size=6).map("".join)


@settings(max_examples=25)
@given(st.lists(TEXTS, max_size=4))
def test_any_text_comes_out_as_it_went_in(nlp: Language, texts: list[str]):
    corpus = articles(*texts)
    found = list(annotate(nlp, corpus))
    assert [linked.article.text for linked in found] == texts
    assert not any(linked.error for linked in found)
    for linked in found:
        text = linked.article.text
        assert all(text[mention.start : mention.end] == mention.text for mention in linked.article.mentions)


def test_odd_texts_are_annotated_where_they_should_be(nlp: Language):
    texts = ["🦶🏽 gout", "NUL\0 gout", "gou\u0301t gout", "مرض نقرس", "x " * 50_000 + "gout", " \n\t ", "…!?"]
    found = list(annotate(nlp, articles(*texts)))
    assert [[mention.text for mention in linked.article.mentions] for linked in found] == [
        ["gout"],
        ["gout"],
        ["gout"],
        ["نقرس"],
        ["gout"],
        [],
        [],
    ]
