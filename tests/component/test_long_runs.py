"""A long run of signs costs what as many letters cost, and is read as it would be without this."""

import re

import pytest
import spacy
from spacy.tokens import Doc
from tiny import tiny_pipeline

from angel_spacy.annotation.stream import annotate
from angel_spacy.component.long_runs import to_read
from angel_spacy.records import Article

RUNS = ["Gout " + "=" * 390, "Gout " + "&" * 250 + "aspirin. Fine.", "(" * 300 + "gout" + ")" * 300, "a " + "_" * 200]


@pytest.mark.parametrize("text", RUNS)
def test_the_words_are_the_same(text):
    nlp = spacy.blank("en")
    doc = to_read(nlp, text)
    assert isinstance(doc, Doc)
    assert doc.text == text
    assert [token.text_with_ws for token in doc] == [token.text_with_ws for token in nlp.make_doc(text)]


@pytest.mark.parametrize("text", ["", "Gout.", "=" * 199, "ACGT" * 1000, "- " * 500])
def test_other_texts_stay_what_they_are(text):
    assert to_read(spacy.blank("en"), text) == text


def test_texts_that_are_too_long_are_left_to_spacy():
    nlp = spacy.blank("en")
    nlp.max_length = 1000
    assert to_read(nlp, "=" * 1001) == "=" * 1001


@pytest.mark.parametrize("n_process", [1, 2])
def test_the_tokenizer_is_never_given_a_long_run(n_process):
    nlp = tiny_pipeline()
    read, tokenizer = [], nlp.tokenizer
    nlp.tokenizer = lambda text: read.append(text) or tokenizer(text)
    texts = ["Gout.", "Gout " + "=" * 5000 + " and aspirin.", "Renal failure."]
    articles = [Article(str(number), "", text) for number, text in enumerate(texts)]
    found = list(annotate(nlp, articles, n_process=n_process))
    assert [one.error for one in found] == ["", "", ""]
    assert [one.article.text for one in found] == texts
    assert [[mention.text for mention in one.article.mentions] for one in found] == [
        ["Gout"],
        ["Gout", "aspirin"],
        ["Renal failure"],
    ]
    assert max((len(run) for text in read for run in re.findall("=+", text)), default=0) < 200
