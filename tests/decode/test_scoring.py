import pytest
import torch
from toys import generator, random_batch, random_prefixes, toy_bart

from angel_spacy.decode.scoring import score_names
from angel_spacy.models.bart import BartSession
from angel_spacy.models.plain import PlainSession

VOCAB = 60


def names_of(rng, n_mentions):
    return [[[*rng.integers(3, VOCAB, rng.integers(0, 6)).tolist(), 2] for _ in range(i)] for i in range(n_mentions)]


@pytest.mark.parametrize("session_type", [BartSession, PlainSession])
def test_names_are_scored_as_a_forward_pass_scores_them(session_type):
    rng, model = generator(3), toy_bart(VOCAB)
    batch, prefixes = random_batch(rng, 4, VOCAB), random_prefixes(rng, 4, VOCAB, longest=5)
    names = names_of(rng, 4)
    found = score_names(session_type(model, *batch, prefixes), names)
    assert [len(own) for own in found] == [0, 1, 2, 3]
    for mention, (own, scores) in enumerate(zip(names, found, strict=True)):
        ids = batch[0][mention][batch[1][mention].bool()][None]
        for name, score in zip(own, scores, strict=True):
            sequence = [*prefixes[mention], *name]
            with torch.inference_mode():
                logits = model(input_ids=ids, decoder_input_ids=torch.tensor([sequence]), use_cache=False).logits[0]
            steps = range(len(prefixes[mention]) - 1, len(sequence) - 1)
            expected = sum(logits[at].log_softmax(-1)[sequence[at + 1]].item() for at in steps)
            assert score == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("session_type", [BartSession, PlainSession])
def test_a_fresh_session_is_not_touched_by_the_one_it_came_from(session_type):
    rng, model = generator(4), toy_bart(VOCAB)
    batch, prefixes = random_batch(rng, 4, VOCAB), random_prefixes(rng, 4, VOCAB, longest=5)
    names = names_of(rng, 4)
    session = session_type(model, *batch, prefixes)
    other = session.fresh()
    first = score_names(session, names)
    session.keep(torch.tensor([3]))
    assert [pytest.approx(own) for own in first] == score_names(other, names)


def test_nothing_to_score():
    model = toy_bart(VOCAB)
    rng = generator(5)
    session = BartSession(model, *random_batch(rng, 2, VOCAB), random_prefixes(rng, 2, VOCAB, longest=3))
    assert score_names(session, [[], []]) == [[], []]
