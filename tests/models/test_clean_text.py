"""The clean text and where each of its characters comes from; the layer that shows it to a tok2vec."""

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model

from angel_spacy.models.clean_docs import clean_copy, clean_tok2vec
from angel_spacy.models.clean_text import clean_text

SCI = registry.get("tokenizers", "angel_spacy.SciTokenizer.v1")
TOKENIZER = SCI(split_modifiers=True, clean=True)(spacy.blank("en"))
ODD = ["&lt;", "&amp;nbsp;", "&#1;", "&", ";", "\u200b", "\xad", "\u2009", "\ufb01", "e\u0301", "\u2011", "½", "™", "İ"]
TEXTS = st.lists(st.sampled_from([*ODD, "LUNG ", "CANCER ", "gout", " ", "\n", ". ", "7"]), max_size=20).map("".join)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Sj\u00f6gren, Sjo\u0308gren", "Sj\u00f6gren, Sj\u00f6gren"),
        ("\ufb01bro\xadsis\u200b, \uff34ype \u2161", "fibrosis, Type II"),
        ("Guillain\u2013Barr\u00e9, \u22125, 5\u2032, \u201cso\u201d", 'Guillain-Barr\u00e9, -5, 5\', "so"'),
        ("p&lt;0.05, p&amp;lt;0.05, A&#38;B, &beta;-blocker, AT&T; R&D", "p<0.05, p<0.05, A&B, β-blocker, AT&T; R&D"),
        ("Ca\u00b2\u207a, \u00bd, Tylenol\u2122, 5\u2009mg", "Ca\u00b2\u207a, \u00bd, Tylenol\u2122, 5 mg"),
        ("ACUTE LUNG INJURY. E. COLI SEPSIS.\nIn mice.", "Acute lung injury. E. coli sepsis.\nIn mice."),
        ("METHODS: NSAIDs, COX-2. AST, ALT, LDH.", "METHODS: NSAIDs, COX-2. AST, ALT, LDH."),
    ],
)
def test_says_what_was_meant(written: str, meant: str):
    assert clean_text(written).text == meant


@given(TEXTS)
def test_every_character_comes_from_somewhere_and_in_order(text: str):
    clean = clean_text(text)
    assert len(clean.text) == len(clean.starts) == len(clean.ends)
    assert list(clean.starts) == sorted(clean.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(clean.starts, clean.ends, strict=True))
    assert clean.between(0, len(text)) == clean.text


@given(TEXTS)
def test_the_tokenizer_loses_no_character_and_its_words_are_those_of_the_clean_text(text: str):
    doc = TOKENIZER(text)
    assert doc.text == text
    words = "".join(token.text for token in clean_copy(doc))
    assert words == "".join(clean_text(text).text.split())


def counted(width: int = 2) -> Model:
    """A layer whose row for a word is the word's length; it keeps the gradients that it is given."""

    def forward(model: Model, docs: list[Doc], is_train: bool):
        def backprop(gradients: list[np.ndarray]):
            model.attrs["gradients"] = gradients
            return []

        return [np.repeat([[float(len(word))] for word in doc], width, axis=1) for doc in docs], backprop

    return Model("counted", forward, dims={"nO": width})


def test_a_tok2vec_reads_the_clean_words_and_tokens_that_stand_for_nothing_have_zeros():
    docs = [TOKENIZER("chronic\u2009fi\u200bbrosis"), TOKENIZER("gout")]
    model = clean_tok2vec(counted())
    rows, backprop = model.begin_update(docs)
    assert [doc_rows[:, 0].tolist() for doc_rows in rows] == [[7, 0, 8], [4]]
    backprop([np.array([[1.0, 1], [2, 2], [3, 3]]), np.array([[4.0, 4]])])
    assert [gradient[:, 0].tolist() for gradient in model.layers[0].attrs["gradients"]] == [[1, 3], [4]]


def test_a_clean_doc_is_its_own_copy_and_a_copy_keeps_what_is_known_of_it():
    doc = TOKENIZER("Gout hurts.")
    assert clean_copy(doc) is doc
    doc = TOKENIZER("He can't\u2009bear acute\u2009gout.")
    doc.set_ents([doc.char_span(14, 24, "DISEASE")], default="missing")
    doc[0].is_sent_start, doc[4].is_sent_start = True, False
    copy = clean_copy(doc)
    assert [(ent.text, ent.label_) for ent in copy.ents] == [("acute gout", "DISEASE")]
    assert [token.ent_iob_ for token in copy] == ["", "", "", "", "B", "I", ""]
    assert [token.norm_ for token in copy] == ["he", "can", "not", "bear", "acute", "gout", "."]
    assert [token.is_sent_start for token in copy][:4] == [True, None, None, False]
