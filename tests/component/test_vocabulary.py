"""The vocabulary stays as large as it may get, whatever is read."""

import pytest
from tiny import tiny_pipeline

from angel_spacy.annotation.stream import annotate
from angel_spacy.component import vocabulary
from angel_spacy.component.given import linked_as_given
from angel_spacy.component.vocabulary import bounded_vocabulary
from angel_spacy.records import Article, Mention


def articles(n=60):
    """Each with words of its own, and a mention."""
    texts = [f"Gout {i}x{i} and Podagra of word{i}s." for i in range(n)]
    return [Article(str(i), "", text, (Mention("Gout", 0, 4, "DISEASE", ()),)) for i, text in enumerate(texts)]


@pytest.fixture
def nlp():
    return tiny_pipeline()


@pytest.fixture
def few_words(nlp, monkeypatch):
    """How many words the vocabulary may have: those that it has, and a few."""
    monkeypatch.setattr(vocabulary, "MANY_WORDS", len(nlp.vocab.strings) + 20)
    return vocabulary.MANY_WORDS


def test_texts_leave_no_words_behind_and_links_are_the_same(nlp, few_words):
    found = list(annotate(nlp, articles(), batch_size=1))
    assert len(nlp.vocab.strings) < few_words + 100  # those of the batches in which it became full
    assert found == list(annotate(tiny_pipeline(), articles(), batch_size=1))
    assert all(one.mentions for one in found)
    n_words = len(nlp.vocab.strings)
    again = list(annotate(nlp, articles(200), batch_size=1))
    assert len(nlp.vocab.strings) == n_words
    assert again[:60] == found


def test_given_mentions_too(nlp, few_words):
    linker = nlp.get_pipe("angel_linker")
    list(linked_as_given(nlp, linker, articles()))  # in one batch
    n_words = len(nlp.vocab.strings)
    found = list(linked_as_given(nlp, linker, articles(150)))
    assert len(nlp.vocab.strings) == n_words
    assert all(one.mentions[0].mention.concept_ids for one in found)


def test_within_a_zone_of_the_caller_nothing_changes(nlp, few_words):
    list(annotate(nlp, articles(), batch_size=1))
    with nlp.memory_zone():
        found = list(annotate(nlp, articles(5)))
        assert nlp("Gout.").ents[0].text == "Gout"
    assert len(found) == 5


def test_what_is_read_while_there_is_room_stays(nlp):
    with bounded_vocabulary(nlp):
        doc = nlp("Gout becomes chronic.")
    assert [token.text for token in doc] == ["Gout", "becomes", "chronic", "."]
