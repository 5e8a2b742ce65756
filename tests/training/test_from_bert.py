"""A generator that starts from a pretrained BERT: its tokenizer, and training in bfloat16."""

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

from angel_spacy.errors import ConfigError, ModelError
from angel_spacy.prompts import PromptFormat
from angel_spacy.training.network import generator_from_bert
from angel_spacy.training.sections import NetworkSize
from angel_spacy.training.tokenizer import cut_tokenizer

TEXTS = ["gout and fever", "gouty fever of unknown origin", "fever, fever & feverish (5-ht) « gout »"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def wordpiece(words=("fever", "gout", "##y", "##ish", "unknown", "origin", "rare")):
    letters = sorted(set("".join(TEXTS)) - {" "})
    pieces = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *words]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


@pytest.fixture
def folder(tmp_path):
    tokenizer = wordpiece()
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    tokenizer.save(str(tmp_path / "bert" / "tokenizer.json"))
    return tmp_path / "bert"


def made(folder, size=60, **settings):
    network = NetworkSize(decoder_layers=1, max_position_embeddings=64, **settings)
    return generator_from_bert(folder, network, TEXTS, size, PromptFormat(context_words=4), seed=0)


def test_the_pieces_that_texts_use_stay_and_those_of_every_character():
    whole = wordpiece()
    cut, kept = cut_tokenizer(whole, TEXTS, 1)
    assert "rare" not in cut.get_vocab()
    cut, kept = cut_tokenizer(whole, TEXTS, whole.get_vocab_size() - 1)
    assert "rare" not in cut.get_vocab()
    assert {"fever", "gout"} <= cut.get_vocab().keys()
    for piece, i in cut.get_vocab().items():
        assert whole.token_to_id(piece) == kept[i]
    for text in TEXTS:
        assert cut.encode(text).tokens == whole.encode(text).tokens
        assert "[UNK]" not in cut_tokenizer(whole, TEXTS, 1)[0].encode(text).tokens


def test_a_word_of_any_length_is_known():
    cut, _ = cut_tokenizer(wordpiece(), TEXTS, 1000)
    assert "[UNK]" not in cut.encode("fever" * 50).tokens


def test_only_a_wordpiece_can_be_cut():
    with pytest.raises(ConfigError, match="WordPiece"):
        cut_tokenizer(Tokenizer(models.BPE()), TEXTS, 100)


def test_the_generator_has_berts_encoder_and_signs_as_markers(folder):
    generator = made(folder)
    (prompt,) = generator.prompter.prompts([("acute gouty fever", 6, 11)])
    tokens = [generator.tokenizer.id_to_token(i) for i in prompt.input_ids]
    assert tokens[0], tokens[-1] == ("[CLS]", "[SEP]")
    assert tokens[tokens.index("«") + 1 : tokens.index("»")] == ["gout", "##y"]
    assert len(generator.network.model.encoder.layers) == 2
    again = type(generator)
    generator.to_folder(folder.with_name("made"))
    assert again.from_folder(folder.with_name("made")).special == generator.special


def test_a_folder_without_a_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="fetch the model again"):
        made(folder)


def test_bfloat16_reaches_the_layers(folder, tmp_path):
    """The losses call BART's layers themselves, past the forward that accelerate wraps."""
    from angel_spacy.objectives.batching import Collator
    from angel_spacy.objectives.examples import Example
    from angel_spacy.objectives.objectives import PositiveObjective
    from angel_spacy.training.batch_losses import positive_batch_loss
    from angel_spacy.training.sections import Schedule
    from angel_spacy.training.trainer import run_stage

    generator = made(folder)
    seen = set()
    layer = generator.network.model.encoder.layers[0].fc1
    layer.register_forward_hook(lambda module, given, result: seen.add(result.dtype))
    examples = [Example("acute gouty fever", 6, 11, "gout")] * 4
    loss = positive_batch_loss(PositiveObjective())
    for bf16, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        seen.clear()
        schedule = Schedule(steps=1, batch_size=2, bf16=bf16, use_cpu=True)
        collate = Collator(generator.prompter)
        run_stage(generator.network, examples, collate, loss, schedule, tmp_path / str(bf16), seed=0)
        assert seen == {dtype}
        assert generator.network.dtype == torch.float32
