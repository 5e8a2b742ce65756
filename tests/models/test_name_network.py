import numpy as np
import pytest
import torch

from angel_spacy.errors import ModelError
from angel_spacy.models.name_encoder import KINDS, NameEncoder
from angel_spacy.models.name_network import LONGEST, NameNetwork, NameReader
from angel_spacy.models.toy import toy_generator
from angel_spacy.training.name_network import train_reader
from angel_spacy.training.name_pairs import NamePairs
from angel_spacy.training.sections import EncoderSettings

NAMES = ["gout", "acute gout", "fever of unknown origin", "aspirin", "gout " * 40, ""]


@pytest.fixture(scope="module")
def reader():
    torch.manual_seed(0)
    toy = toy_generator()
    return NameReader(NameNetwork(torch.randn(toy.tokenizer.get_vocab_size(), 16), 2, 8, 1), toy.tokenizer)


def test_vectors_have_length_one_and_nothing_is_read_of_an_empty_name(reader):
    lengths = np.linalg.norm(reader.encode(NAMES), axis=1)
    assert lengths == pytest.approx([1, 1, 1, 1, 1, 0], abs=1e-6)
    assert reader.encode([]).shape == (0, 8)


def test_a_name_is_read_the_same_alone_and_among_others(reader):
    together = reader.encode(NAMES)
    assert together == pytest.approx(np.concatenate([reader.encode([name]) for name in NAMES]), abs=2e-2)
    assert reader.encode(NAMES[::-1])[::-1] == pytest.approx(together, abs=1e-6)


def test_the_order_of_words_makes_a_difference_and_what_lies_behind_the_longest_does_not(reader):
    one, two = reader.encode(["acute gout", "gout acute"])
    assert one @ two < 0.999
    assert (reader.ids(["gout " * 40]) != 1).sum() == LONGEST
    assert reader.encode(["gout " * 40]) == pytest.approx(reader.encode(["gout " * 80]))


def test_an_encoder_is_the_mean_of_its_two_cosines(reader):
    rng = np.random.default_rng(0)
    tables = rng.normal(size=(512, 16)).astype(np.float32), np.zeros((512, len(KINDS)), np.float32)
    table, both = NameEncoder(*tables), NameEncoder(*tables, reader)
    assert (table.width, both.width) == (16, 24)
    words = ["gout", "acute gout", "aspirin"]
    cosines = [vectors @ vectors.T for vectors in (table.encode(words)[0], reader.encode(words), both.encode(words)[0])]
    assert cosines[2] == pytest.approx((cosines[0] + cosines[1]) / 2, abs=1e-5)
    assert both.encode([])[0].shape == (0, 24)


def test_what_is_stored_is_nearly_what_was_there(reader, tmp_path):
    rng = np.random.default_rng(0)
    encoder = NameEncoder(rng.normal(size=(64, 16)).astype(np.float32), np.zeros((64, len(KINDS)), np.float32), reader)
    encoder.to_file(tmp_path / "encoder")
    again = NameEncoder.from_file(tmp_path / "encoder")
    words = ["gout", "acetylsalicylic acid"]
    assert (again.encode(words)[0] * encoder.encode(words)[0]).sum(1) == pytest.approx([1, 1], abs=1e-2)
    assert NameEncoder.from_bytes(again.to_bytes()).encode(words)[0] == pytest.approx(again.encode(words)[0], abs=1e-2)


@pytest.mark.parametrize(
    "missing", ["reader.tokenizer", "reader.out.bias", "reader.blocks.1.one.weight", "reader.pieces"]
)
def test_a_part_that_is_missing_is_said_to_be(reader, missing):
    from safetensors.numpy import load, save

    encoder = NameEncoder(np.ones((4, 2), np.float32), np.ones((4, len(KINDS)), np.float32), reader)
    stored = load(encoder.to_bytes())
    del stored[missing]
    with pytest.raises(ModelError, match="train it again"):
        NameEncoder.from_bytes(save(stored))


def test_synonyms_come_to_lie_near_each_other():
    clusters = [
        ["gout", "podagra", "gouty"],
        ["fever", "pyrexia"],
        ["aspirin", "acetylsalicylic acid"],
        ["pain", "ache"],
    ]
    settings = EncoderSettings(width=8, network_width=16, network_blocks=1, network_steps=60, batch_size=16)
    toy = toy_generator()
    before = toy.network.get_input_embeddings().weight.clone()
    reader = train_reader(NamePairs(clusters, [1.0] * 4), toy, settings)
    cosines = reader.encode(["podagra", "pyrexia"]) @ reader.encode(["gout", "fever"]).T
    assert cosines[0, 0] > cosines[0, 1]
    assert cosines[1, 1] > cosines[1, 0]
    assert torch.equal(before, toy.network.get_input_embeddings().weight)
