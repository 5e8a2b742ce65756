import json

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig, BertModel

from angel_spacy.errors import ModelError
from angel_spacy.evaluation.baselines import ExactNames, Scispacy, SentenceVectors, Tfidf, answers, asked_about
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.records import Article, Mention


def test_exact_names_are_the_concepts_in_the_order_of_homonyms():
    kb = KnowledgeBase([Concept("A", "cold", ("flu",)), Concept("B", "flu")])
    found = ExactNames(kb).candidates(["Flu", "flus"])
    assert [[one.concept_id for one in of] for of in found] == [["B", "A"], []]


def test_tfidf_ranks_a_misspelt_name_first_and_the_rest_by_what_they_share():
    kb = KnowledgeBase([Concept("A", "Gouty Arthritis"), Concept("B", "Arthritis"), Concept("C", "Measles")])
    (found,) = Tfidf(kb).candidates(["gouty arthritus"])
    assert [candidate.concept_id for candidate in found] == ["A", "B"]
    assert found[0].score > found[1].score > 0


def test_tfidf_of_something_unlike_any_name_finds_nothing():
    assert list(Tfidf(KnowledgeBase([Concept("A", "Gout")])).candidates(["", "zzz"])) == [[], []]


def test_scispacys_generator_finds_the_nearest():
    pytest.importorskip("scispacy")
    names = {"A": "gouty arthritis", "B": "renal failure", "C": "measles", "D": "hepatic fibrosis", "E": "septic shock"}
    kb = KnowledgeBase([Concept(one, name) for one, name in names.items()])
    found = list(Scispacy(kb, min_df=1).candidates(["Gouty-Arthritus", "measles", "qqq"]))
    assert [of[0].concept_id if of else None for of in found] == ["A", "C", None]


@pytest.fixture
def encoder(tmp_path):
    """A BERT with random weights over six words."""
    torch.manual_seed(0)
    config = BertConfig(vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(config).save_pretrained(tmp_path)
    words = ["[PAD]", "[UNK]", "gout", "acute", "renal", "failure", "measles", "of"]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_the_same_words_have_the_same_vector_whatever_is_read_beside_them(encoder):
    kb = KnowledgeBase([Concept("A", "acute gout"), Concept("B", "renal failure"), Concept("C", "measles")])
    found = list(SentenceVectors(kb, encoder).candidates(["Renal failure", "measles", "gout of acute renal failure"]))
    assert [of[0].concept_id for of in found[:2]] == ["B", "C"]
    assert [of[0].score for of in found[:2]] == pytest.approx([1, 1], abs=1e-5)


def test_a_folder_without_an_encoder_is_an_error(encoder):
    (encoder / "tokenizer.json").write_text(json.dumps({"no": "tokenizer"}))
    with pytest.raises(ModelError, match=r"no tokenizer\.json that can be read"):
        SentenceVectors(KnowledgeBase([Concept("A", "gout")]), encoder)
    with pytest.raises(ModelError, match="no BERT that can be read"):
        SentenceVectors(KnowledgeBase([Concept("A", "gout")]), encoder / "absent")


def test_an_abbreviation_takes_the_better_of_its_wordings():
    text = "We treated familial mediterranean fever (FMF) there. FMF is old."
    places = [(12, 39), (41, 44), (53, 56)]
    mentions = tuple(Mention(text[a:b], a, b, "", ("A",)) for a, b in places)
    kb = KnowledgeBase([Concept("A", "Familial Mediterranean Fever"), Concept("B", "FMF Factor")])
    for expand, ids in ((False, ["A", "B", "B"]), (True, ["A", "A", "A"])):
        asked = asked_about([Article("1", "", text, mentions)], abbreviations=expand)
        assert [of[0].concept_id for of in answers(Tfidf(kb), asked)] == ids
