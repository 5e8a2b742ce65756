import pytest
import torch
from toys import all_behind_prefixes, generator, random_batch, random_prefixes, toy_bart, toy_t5

from angel_spacy.errors import ConfigError
from angel_spacy.models import PRECISIONS
from angel_spacy.models.bart import BartSession
from angel_spacy.models.plain import PlainSession
from angel_spacy.models.precision import Copies, default_precision, weights_of

VOCAB = 60


def scores(network, session_type=BartSession):
    rng = generator()
    batch, prefixes = random_batch(rng, 3, VOCAB), random_prefixes(rng, 3, VOCAB)
    return all_behind_prefixes(session_type(network, *batch, prefixes), 3, VOCAB)


@pytest.mark.parametrize("precision", ["bfloat16", "float16", "int8"])
def test_another_precision_scores_nearly_the_same(precision):
    network = toy_bart(VOCAB, init_std=0.1)
    found = scores(Copies(network).at(precision))
    assert found.dtype == torch.float32
    assert not torch.equal(found, scores(network))
    torch.testing.assert_close(found, scores(network), atol=0.1, rtol=0)


def test_float32_is_the_network_itself_and_stays_as_it_is():
    network = toy_bart(VOCAB)
    copies, before = Copies(network), scores(network)
    for precision in PRECISIONS:
        copies.at(precision)
    assert copies.at("float32") is network
    assert torch.equal(scores(network), before)


def test_any_encoder_decoder_can_be_converted():
    network = toy_t5(VOCAB)
    for precision in ("bfloat16", "int8"):
        found = scores(Copies(network).at(precision), PlainSession)
        assert found.isfinite().all()


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_a_copy_is_kept_until_the_weights_change(precision):
    network = toy_bart(VOCAB)
    copies = Copies(network)
    first = copies.at(precision)
    assert copies.at(precision) is first
    before = scores(first)
    with torch.no_grad():
        network.model.decoder.layers[0].fc1.weight.add_(0.5)
    assert not torch.equal(scores(copies.at(precision)), before)


def test_weights_are_known_by_what_happened_to_them():
    network = toy_bart(VOCAB)
    before = weights_of(network)
    assert weights_of(network) == before
    with torch.no_grad():
        network.final_logits_bias.add_(0)  # a buffer, no parameter
        assert weights_of(network) == before
        network.lm_head.weight.mul_(1.0)
    assert weights_of(network) != before


def test_an_unknown_precision_is_an_error():
    with pytest.raises(ConfigError, match="use one of float32"):
        Copies(toy_bart()).at("int4")


def test_the_default_suits_the_processor():
    assert default_precision("cpu") in ("float32", "bfloat16")
    assert default_precision("cpu") == default_precision(torch.device("cpu"))
