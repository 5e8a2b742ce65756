"""Generators whose tokenizer is no byte-level BPE go through every stage, and link."""

import json
import logging

import pytest
import torch
from small import SURFACES, articles, knowledge_base
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

from angel_spacy.candidates.generated import Generated
from angel_spacy.candidates.settings import Search
from angel_spacy.corpora.pubtator import write_pubtator
from angel_spacy.models.generator import Generator
from angel_spacy.objectives.batching import Collator
from angel_spacy.objectives.examples import Example
from angel_spacy.prompts import PromptFormat
from angel_spacy.training.network import fresh_generator
from angel_spacy.training.recipe import make_recipe
from angel_spacy.training.run import train
from angel_spacy.training.sections import NetworkSize
from angel_spacy.training.tokenizer import noisy_prompter, train_tokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz'."
WORDS = sorted(
    {word for name in knowledge_base().names() for word in name.split()} | set(" ".join(dict(SURFACES)).split())
)
SPECIAL = ["[UNK]", "[PAD]", "[CLS]", "[SEP]"]  # none of them where BART has its own


def wordpiece():
    vocabulary = {token: i for i, token in enumerate([*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS)])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    return tokenizer


def unigram():
    pieces = [*SPECIAL, "▁", *LETTERS, "▁is", "itis", "▁a"]
    tokenizer = Tokenizer(models.Unigram([(piece, -1.0 - len(pieces) / 100) for piece in pieces], unk_id=0))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    return tokenizer


def wordlevel():
    vocabulary = {token: i for i, token in enumerate([*SPECIAL, "is", "start", "end", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


TOKENIZERS = [wordpiece, unigram, wordlevel]


def bart(vocab_size):
    size = {f"{part}_{name}": n for part in ("encoder", "decoder") for name, n in SIZES.items()}
    special = {"pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 3}
    config = BartConfig(
        vocab_size=vocab_size,
        d_model=32,
        max_position_embeddings=96,
        forced_eos_token_id=None,
        dropout=0.0,
        **size,
        **special,
    )
    return BartForConditionalGeneration(config)


SIZES = {"layers": 1, "attention_heads": 2, "ffn_dim": 64}


def t5(vocab_size):
    special = {"pad_token_id": 1, "eos_token_id": 3, "decoder_start_token_id": 1}
    size = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 1, "num_heads": 2, "dropout_rate": 0.0}
    return T5ForConditionalGeneration(T5Config(vocab_size=vocab_size, **size, **special))


def generator(make_tokenizer, network=bart):
    tokenizer = make_tokenizer()
    tokenizer.add_special_tokens(SPECIAL)
    torch.manual_seed(0)
    return Generator(network(tokenizer.get_vocab_size()), tokenizer, PromptFormat(context_words=4))


def linked(found, kb):
    spans = [(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()]
    search = Search(beam_width=5, precision="float32")
    ranked = Generated(found, kb).candidates(found.prompter.prompts(spans), search, n_candidates=3)
    return [candidates[0].concept_id for candidates in ranked]


@pytest.mark.parametrize(("make", "network"), [*((one, bart) for one in TOKENIZERS), (unigram, t5)])
def test_all_stages_train_and_what_they_save_links(make, network, tmp_path):
    generator(make, network).to_folder(tmp_path / "init")
    knowledge_base().to_disk(tmp_path / "kb")
    write_pubtator(articles(), tmp_path / "train.pubtator")
    common = {"bf16": False, "use_cpu": True}
    shares = {"synonyms": 0.0, "mentions": 1.0}
    positive = {**common, "steps": 200, "batch_size": 8, "learning_rate": 0.01, "warmup_steps": 5, "shares": shares}
    positive |= {"label_smoothing": 0.0, "lr_scheduler": "linear"}
    preference = {**common, "objective": "preference", "learning_rate": 1e-5}
    paths = {
        "kbs": [str(tmp_path / "kb")],
        "corpora": [str(tmp_path / "train.pubtator")],
        "init": str(tmp_path / "init"),
    }
    stages = {
        "negatives": {**preference, "pairs": {"source": "synonyms", "n_pairs": 16, "n_chunks": 1}},
        "finetune": positive,
        "prefer": {**preference, "pairs": {"n_chunks": 1, "top": 3}},
    }
    folder = train(make_recipe({"paths": {**paths, "output": str(tmp_path / "out")}, "stages": stages}))
    metrics = [json.loads((tmp_path / "out" / name / "metrics.json").read_text()) for name in stages]
    assert all(found["n_pairs"] > 0 for found in (metrics[0], metrics[2]))
    found = linked(Generator.from_folder(folder), knowledge_base())
    right = [one == concept_id for one, (_, concept_id) in zip(found, SURFACES, strict=True)]
    assert sum(right) >= 5


@pytest.fixture
def trained():
    """A generator whose tokenizer has learnt merges."""
    tokenizer = train_tokenizer(["gout gout gout gouty arthritis"] * 5, 300)
    return fresh_generator(NetworkSize(d_model=16), tokenizer, PromptFormat(context_words=4), seed=0)


def test_only_the_prompts_are_tokenised_with_dropout(trained):
    example = [Example("gout", 0, 4, "gouty arthritis")]
    noisy = Collator(trained.prompter, noisy_prompter(trained, 1.0))(example)
    quiet = Collator(trained.prompter)(example)
    assert noisy["targets"].tolist() == quiet["targets"].tolist()
    assert noisy["input_ids"].shape[1] > quiet["input_ids"].shape[1]


def test_dropout_leaves_the_tokenizer_it_copies_alone(trained):
    spans = [("gout", 0, 4)]
    before = trained.prompter.prompts(spans)
    assert len(noisy_prompter(trained, 1.0).prompts(spans)[0].input_ids) > len(before[0].input_ids)
    assert trained.prompter.prompts(spans) == before
    assert noisy_prompter(trained, 0.0).prompts(spans) == before


@pytest.mark.parametrize("make", TOKENIZERS)
def test_without_merges_prompts_have_no_noise_and_that_is_said_once(make, caplog):
    spans = [("a case of gout is rare", 10, 14)]
    with caplog.at_level(logging.INFO):
        one = generator(make)
        assert noisy_prompter(one, 0.9).prompts(spans) == one.prompter.prompts(spans)
    (record,) = caplog.records
    assert "no BPE" in record.getMessage()
    caplog.clear()
    noisy_prompter(one, 0.0)
    assert not caplog.records


def test_a_fresh_network_has_the_special_tokens_where_its_tokenizer_has_them():
    tokenizer = train_tokenizer(["gout", "podagra"], 300)
    moved = json.loads(tokenizer.to_str())
    vocabulary = moved["model"]["vocab"]
    vocabulary["<s>"], vocabulary["a"], vocabulary["</s>"] = vocabulary["a"], vocabulary["</s>"], vocabulary["<s>"]
    for token in moved["added_tokens"]:
        token["id"] = vocabulary[token["content"]]
    tokenizer = Tokenizer.from_str(json.dumps(moved))
    special = fresh_generator(NetworkSize(d_model=16), tokenizer, PromptFormat(), seed=0).special
    named = [tokenizer.token_to_id(token) for token in ("<s>", "<pad>", "</s>", "</s>")]
    assert [special.bos, special.pad, special.eos, special.decoder_start] == named
