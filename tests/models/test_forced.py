import pytest
import torch

from angel_spacy.models.dropout import dropout_at
from angel_spacy.models.forced import NameBatch, name_log_probs, name_logits
from angel_spacy.models.toy import toy_generator
from angel_spacy.objectives.batching import Collator, PairCollator
from angel_spacy.objectives.examples import Example
from angel_spacy.objectives.pairs import PreferencePair

PAIRS = [
    PreferencePair("a case of gout is rare", 10, 14, "gout", "gouty arthritis", 2, 1),
    PreferencePair("what is is fever", 5, 10, "fever", "chills", 1, 2),
]
MENTIONS = [Example(pair.text, pair.start, pair.end, name) for pair in PAIRS for name in (pair.chosen, pair.rejected)]


@pytest.fixture
def generator():
    return toy_generator()


def names_of(generator, mentions=MENTIONS):
    return NameBatch(**Collator(generator.prompter)(mentions))


def pairs_of(generator):
    return NameBatch(**PairCollator(generator.prompter)(PAIRS))


def test_the_log_probability_of_a_name_is_the_sum_over_its_tokens_and_end_without_the_prefix(generator):
    with torch.inference_mode():
        found = name_log_probs(generator.network, names_of(generator))
        for mention, row in zip(MENTIONS, found.tolist(), strict=True):
            alone = names_of(generator, [mention])
            tokens = name_logits(generator.network, alone).log_softmax(-1).gather(1, alone.targets[:, None])
            assert len(tokens) == len(mention.target.encode()) + 2  # the space before it and EOS
            assert row == [pytest.approx(tokens.sum().item(), abs=1e-3)]


def test_two_names_of_one_prompt_are_as_likely_as_each_alone(generator):
    with torch.inference_mode():
        together = name_log_probs(generator.network, pairs_of(generator))
        alone = name_log_probs(generator.network, names_of(generator))
    assert together.shape == (2, 2)
    assert torch.allclose(together.flatten(), alone.flatten(), atol=1e-4)


def test_the_lengths_are_tokens_and_end(generator):
    by_hand = [[len(name.encode()) + 2 for name in (pair.chosen, pair.rejected)] for pair in PAIRS]
    assert pairs_of(generator).lengths.tolist() == by_hand
    assert names_of(generator).lengths.tolist() == [[length] for lengths in by_hand for length in lengths]


def test_without_dropout_two_passes_agree_in_training_mode_and_it_comes_back(generator):
    network, batch = generator.network.train(), pairs_of(generator)
    for module in network.modules():
        if isinstance(getattr(module, "dropout", None), float):
            module.dropout = 0.5

    def twice():
        with torch.no_grad():
            return name_log_probs(network, batch), name_log_probs(network, batch)

    with dropout_at(network, 0.0):
        assert torch.equal(*twice())
    assert not torch.equal(*twice())


def test_log_probabilities_are_float32_under_bfloat16_and_near_those_without(generator):
    batch = pairs_of(generator)
    with torch.no_grad():
        exact = name_log_probs(generator.network, batch)
        with torch.autocast("cpu", torch.bfloat16):
            rounded = name_log_probs(generator.network, batch)
    assert rounded.dtype == torch.float32
    assert torch.allclose(rounded, exact, rtol=0.02)


def test_a_row_that_attends_to_nothing_or_scores_nothing_is_no_nan(generator):
    fields = PairCollator(generator.prompter)(PAIRS)
    fields["attention_mask"][0] = 0
    n_tokens = int(fields["scored"][3].sum())
    fields["scored"][3] = False
    fields["targets"] = fields["targets"][:-n_tokens]
    found = name_log_probs(generator.network, NameBatch(**fields))
    assert found.isfinite().all()
    assert found[1, 1] == 0
    found.sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in generator.network.parameters())


class Spread(torch.nn.Module):
    """A network as `DistributedDataParallel` wraps it: only its own `forward` may be called."""

    def __init__(self, network):
        super().__init__()
        self.module = network

    def forward(self, **inputs):
        return self.module(**inputs)


@pytest.mark.parametrize("batch_of", [names_of, pairs_of])
def test_the_fast_path_gives_the_logits_of_the_whole_network(generator, batch_of):
    batch = batch_of(generator)
    with torch.inference_mode():
        generator.network.final_logits_bias.normal_()
        fast, slow = name_logits(generator.network, batch), name_logits(Spread(generator.network), batch)
    assert fast.shape == (len(batch.targets), generator.network.config.vocab_size)
    assert torch.allclose(fast, slow, atol=1e-5)


def test_padding_changes_no_logit(generator):
    with torch.inference_mode():
        together = name_logits(generator.network, names_of(generator))
        alone = [name_logits(generator.network, names_of(generator, [mention])) for mention in MENTIONS]
    assert torch.allclose(together, torch.cat(alone), atol=1e-4)
