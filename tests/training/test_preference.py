from math import exp, log

import pytest
import torch

from angel_spacy.models.toy import toy_generator
from angel_spacy.training.batching import Collator, PairCollator
from angel_spacy.training.examples import Example
from angel_spacy.training.mining import PreferencePair, ranked_pairs
from angel_spacy.training.positive import NameBatch, name_logits
from angel_spacy.training.preference import PairBatch, pair_log_probs, preference_loss, preference_margin
from angel_spacy.training.preferring import learn
from angel_spacy.training.recipe import PreferenceSchedule

PAIRS = [
    PreferencePair("a case of gout is rare", 10, 14, "gout", "gouty arthritis", 2, 1),
    PreferencePair("what is is fever", 5, 10, "fever", "chills", 1, 2),
]


def test_the_loss_is_equation_7():
    policy, reference = torch.tensor([[-1.0, -2.0], [-3.0, -1.0]]), torch.tensor([[-2.0, -1.5], [-3.0, -2.0]])
    # margins: (1 - -0.5) = 1.5 and (0 - 1) = -1
    assert preference_margin(policy, reference).tolist() == pytest.approx([1.5, -1.0])
    by_hand = (log(1 + exp(-0.1 * 1.5)) + log(1 + exp(0.1))) / 2
    assert preference_loss(policy, reference, beta=0.1).item() == pytest.approx(by_hand, rel=1e-6)


def test_where_policy_is_reference_the_loss_is_log_2():
    scores = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    assert preference_loss(scores, scores, beta=0.3).item() == pytest.approx(log(2))


def test_the_log_probability_of_a_name_is_the_sum_over_its_tokens_and_end_without_the_prefix():
    generator = toy_generator()
    with torch.inference_mode():
        both = pair_log_probs(generator.network, PairBatch(**PairCollator(generator.prompter)(PAIRS)))
        for pair, row in zip(PAIRS, both.tolist(), strict=True):
            for name, found in zip((pair.chosen, pair.rejected), row, strict=True):
                batch = NameBatch(**Collator(generator.prompter)([Example(pair.text, pair.start, pair.end, name)]))
                tokens = name_logits(generator.network, batch).log_softmax(-1).gather(1, batch.targets[:, None])
                assert len(tokens) == len(name.encode()) + 2  # the space before it and EOS
                assert found == pytest.approx(tokens.sum().item(), abs=1e-3)


@pytest.mark.parametrize(
    ("right", "pairs"),
    [
        ([True, False, False], [(0, 1)]),  # the first is right: it and the best wrong one
        ([True, True, False], [(0, 2)]),
        ([False, True, False], [(1, 0)]),  # right further down: with each wrong one above it
        ([False, False, True], [(2, 0), (2, 1)]),
        ([True, False, True], [(0, 1), (2, 1)]),
        ([False, True, True], [(1, 0), (2, 0)]),
        ([False, False], [(-1, 0)]),  # nothing right: a gold name that was not reached, with the first
        ([True, True], []),  # nothing wrong, or nothing at all: nothing to learn
        ([True], []),
        ([], []),
    ],
)
def test_the_pairs_of_a_ranking(right, pairs):
    assert ranked_pairs(right) == pairs


def test_learning_makes_the_chosen_names_likelier_than_the_rejected_ones():
    generator = toy_generator()
    batch = PairBatch(**PairCollator(generator.prompter)(PAIRS))
    with torch.no_grad():
        before = pair_log_probs(generator.network, batch)
    losses, margins = learn(generator, PAIRS * 8, PreferenceSchedule(learning_rate=1e-3, batch_size=4, bf16=False))
    with torch.no_grad():
        after = pair_log_probs(generator.network, batch)
    assert losses[0] == pytest.approx(log(2), abs=1e-4)
    assert losses[-1] < losses[0]
    assert margins[-1] > 0
    assert (preference_margin(after, before) > 0).all()
    assert not generator.network.training
