"""What a format writes it reads again: all that both sides can hold; what is lost is counted."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.corpora.formats import FORMATS, format_called, guess_format, read_articles, read_linked_articles
from angel_spacy.corpora.losses import CANDIDATES, FRAGMENTS, REASONS, SECTIONS, TITLES, losses
from angel_spacy.records import Article, Candidate, LinkedArticle, LinkedMention, Mention, Section

WRITABLE = [one for one in FORMATS if one.sink]

ids = st.sampled_from(["D006073", "MESH:D009765", "OMIM:123", "UMLS:C0018099", "HP:0001997"])
labels = st.sampled_from(["DISEASE", "CHEMICAL", "GENE"])
words = st.sampled_from(["gout", "podagra", "Fieber", "β-blocker", "of", "the", "😊", "IL-2", "&", "<b>", "it's"])


@st.composite
def articles(draw, number: int) -> Article:
    title = " ".join(draw(st.lists(words, max_size=4)))
    abstract = " ".join(draw(st.lists(words, min_size=0 if title else 1, max_size=12)))
    article = Article(f"{number}-a", title, abstract)
    places = [found.span() for found in re.finditer(r"\S+", article.text)]
    border = len(title) if abstract else len(article.text)
    mentions = []
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, len(places) - 1))
        last = draw(st.integers(first, min(first + 2, len(places) - 1)))
        start, end = places[first][0], places[last][1]
        if title and start < border < end:  # no mention runs over the end of the title
            continue
        gap = last - first == 2 and draw(st.booleans())
        fragments = (places[first], places[last]) if gap else ()
        own = tuple(draw(st.lists(ids, max_size=2, unique=True)))
        mentions.append(Mention(article.text[start:end], start, end, draw(labels), own, fragments))
    mentions.sort(key=lambda one: (one.start, one.end))
    return Article(article.article_id, title, abstract, tuple(dict.fromkeys(mentions)))


def written_and_read(one, corpus, folder: Path):
    suffix = one.suffixes[0] if one.suffixes and not one.holds else ""
    path = folder / f"corpus{suffix}"
    with one.sink(path) as put:
        for article in corpus:
            put(LinkedArticle.of(article))
    assert guess_format(path) == one.name or not any(article.mentions for article in corpus)
    return list(read_articles(path, one.name))


def comparable(article: Article, keeps: frozenset[str]):
    """What a format with these abilities must give back."""
    mentions = sorted(
        (one.start, one.end, one.label, one.concept_ids, one.fragments if FRAGMENTS in keeps else ())
        for one in article.mentions
    )
    is_apart = TITLES in keeps and article.title and article.abstract
    return article.article_id, (article.title, article.abstract) if is_apart else article.text, mentions


@pytest.mark.parametrize("one", WRITABLE, ids=lambda one: one.name)
@settings(max_examples=60, deadline=None)
@given(corpus=st.tuples(articles(1), articles(2)))
def test_a_round_trip_loses_nothing_that_the_format_can_hold(one, corpus):
    if one.name == "docbin":  # mentions grow to tokens
        corpus = tuple(Article(a.article_id, a.title, a.abstract) for a in corpus)
    with TemporaryDirectory() as folder:
        read = written_and_read(one, corpus, Path(folder))
    assert [comparable(each, one.keeps) for each in sorted(read, key=lambda each: each.article_id)] == [
        comparable(each, one.keeps) for each in corpus
    ]


SECTIONS_OF = (Section("title", 0, 5), Section("methods", 6, 15), Section("results", 16, 22))
FULL = Article("PMC1", "Gout.", "It hurts. Badly.", (Mention("hurts", 9, 14, "DISEASE", ("D1",)),), SECTIONS_OF)


@pytest.mark.parametrize("one", [one for one in WRITABLE if SECTIONS in one.keeps], ids=lambda one: one.name)
def test_sections_are_kept(one, tmp_path):
    (read,) = written_and_read(one, [FULL], tmp_path)
    assert read == FULL


def test_what_is_lost_is_counted():
    candidate = Candidate("D1", "Gout", "gout", 0.9, -0.1)
    split = Mention("a b c", 0, 5, "X", (), ((0, 1), (4, 5)))
    article = Article("1", "a b c", "d", (), (Section("s", 0, 1),))
    linked = LinkedArticle(article, (LinkedMention(split, (candidate,)), LinkedMention(split, nil_reason="below")))
    assert losses(linked, format_called("pubtator").keeps) == {CANDIDATES: 1, REASONS: 1, FRAGMENTS: 2, SECTIONS: 1}
    assert losses(linked, format_called("bioc-xml").keeps) == {CANDIDATES: 1, REASONS: 1}
    assert losses(linked, format_called("webanno").keeps)[TITLES] == 1
    assert not losses(linked, format_called("jsonl").keeps)


def fail_within(sink):
    with sink as put:
        put(LinkedArticle.of(Article("2", "", "Other.")))
        raise ZeroDivisionError


def test_a_file_stays_as_it_was_when_writing_fails(tmp_path):
    for one in WRITABLE:
        path = tmp_path / f"{one.name}{one.suffixes[0] if one.suffixes and not one.holds else ''}"
        with one.sink(path) as put:
            put(LinkedArticle.of(FULL))
        before = list(read_articles(path, one.name))
        with pytest.raises(ZeroDivisionError):
            fail_within(one.sink(path))
        assert list(read_articles(path, one.name)) == before


def there_and_back(name: str, article: Article, folder: Path) -> Article:
    (read,) = written_and_read(format_called(name), [article], folder)
    return read


AWKWARD = Article("1", "", " page one\fA\r\nGout hurts", (Mention("Gout", 13, 17, "DISEASE", ("X:a|b", "D1,2")),))


@pytest.mark.parametrize("name", ["bioc-xml", "bioc-json", "brat", "label-studio", "jsonl", "parquet", "pubtator"])
def test_awkward_signs_in_texts_and_ids_shift_and_tear_nothing(name, tmp_path):
    read = there_and_back(name, AWKWARD, tmp_path)
    (mention,) = read.mentions
    assert (mention.text, mention.concept_ids) == ("Gout", ("X:a|b", "D1,2"))
    assert read.text[mention.start : mention.end] == "Gout"


def test_blanks_at_the_beginning_do_not_shift_webanno(tmp_path):
    article = Article("1", "", "  Gout hurts", (Mention("Gout", 2, 6, "", ()),))
    (mention,) = there_and_back("webanno", article, tmp_path).mentions
    assert (mention.text, mention.start) == ("Gout", 2)


@pytest.mark.parametrize("name", ["bioc-xml", "bioc-json"])
def test_text_between_sections_stays(name, tmp_path):
    sections = (Section("intro", 3, 8), Section("methods", 13, 16))
    read = there_and_back(name, Article("1", "Tt", "Intro gap Met end", (), sections), tmp_path)
    assert read.text == "Tt Intro gap Met end"


def test_candidates_and_reasons_go_through_parquet(tmp_path):
    candidate = Candidate("D1", "Gout", "gouts", 0.9, -0.1, ("Disease",))
    mentions = (LinkedMention(Mention("Gout", 0, 4), (candidate,)), LinkedMention(Mention("x", 5, 6), (), "no name"))
    linked = LinkedArticle(Article("1", "", "Gout x"), mentions, "late")
    with format_called("parquet").sink(tmp_path / "a.parquet") as put:
        put(linked)
    assert list(read_linked_articles(tmp_path / "a.parquet")) == [linked]
