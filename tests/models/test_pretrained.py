"""A BART that starts from a BERT computes in its encoder what BERT computes."""

import pytest
import torch
from transformers import BertConfig, BertModel

from angel_spacy.errors import ModelError
from angel_spacy.models.attention import fast_attention
from angel_spacy.models.pretrained import bart_from_bert

SPECIAL = {"bos_token_id": 1, "pad_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2}


def tiny_bert(folder, **settings):
    config = BertConfig(
        vocab_size=30,
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
        layer_norm_eps=1e-5,
        initializer_range=0.3,
        **settings,
    )
    torch.manual_seed(0)
    bert = BertModel(config).eval()
    with torch.no_grad():
        for parameter in bert.parameters():  # biases and norms too, so that a forgotten one is seen
            parameter.add_(0.1 * torch.randn_like(parameter))
    bert.save_pretrained(folder)
    return bert


def made(folder, kept=tuple(range(30)), **settings):
    settings = {"decoder_layers": 2, "max_positions": 32, "dropout": 0.0, **settings}
    return bart_from_bert(folder, list(kept), special=SPECIAL, **settings).eval()


def test_the_encoder_gives_what_bert_gives(tmp_path):
    bert, kept = tiny_bert(tmp_path), [0, 1, 2, *range(5, 30, 2)]
    network = made(tmp_path, kept)
    ids = torch.tensor([[3, 7, 4, 9, 5], [6, 8, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    old = torch.tensor(kept)[ids]
    with torch.no_grad():
        ours = network.model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        theirs = bert(input_ids=old, attention_mask=mask).last_hidden_state
    assert torch.allclose(ours[mask.bool()], theirs[mask.bool()], atol=1e-5)


@pytest.mark.parametrize(("n", "layers"), [(1, [3]), (2, [0, 3]), (3, [0, 2, 3]), (4, [0, 1, 2, 3])])
def test_the_decoder_starts_from_layers_of_the_encoder(tmp_path, n, layers):
    tiny_bert(tmp_path)
    network = made(tmp_path, decoder_layers=n).model
    for own, i in zip(network.decoder.layers, layers, strict=True):
        given = network.encoder.layers[i]
        assert torch.equal(own.fc1.weight, given.fc1.weight)
        assert torch.equal(own.self_attn.q_proj.weight, given.self_attn.q_proj.weight)
        assert torch.equal(own.encoder_attn.v_proj.bias, given.self_attn.v_proj.bias)


def test_what_does_not_fit_is_refused(tmp_path):
    tiny_bert(tmp_path / "relu", hidden_act="relu")
    tiny_bert(tmp_path / "short")
    with pytest.raises(ModelError, match="'relu'"):
        made(tmp_path / "relu")
    with pytest.raises(ModelError, match="at least 64 positions"):
        made(tmp_path / "short", max_positions=64)
    with pytest.raises(ModelError, match="holds no BERT"):
        made(tmp_path / "absent")


def test_fast_attention_is_the_same_attention_and_ends(tmp_path):
    tiny_bert(tmp_path)
    network = made(tmp_path)
    ids, usual = torch.tensor([[3, 7, 4, 9, 5]]), network.config._attn_implementation
    with torch.no_grad():
        before = network(input_ids=ids, decoder_input_ids=ids).logits
        with fast_attention(network):
            assert network.config._attn_implementation == "eager"
            assert torch.allclose(network(input_ids=ids, decoder_input_ids=ids).logits, before, atol=1e-5)
    assert network.config._attn_implementation == usual
