import pytest
import torch
from toys import EOS, generator, random_batch, random_prefixes, toy_bart, toy_t5

from angel_spacy.errors import ModelError
from angel_spacy.models.bart import BartSession, supports_bart_session
from angel_spacy.models.plain import PlainSession

VOCAB = 60

# Parents of each step, for four mentions: duplicated rows, dropped rows, swapped rows, vanished mentions.
STEPS = [[0, 0, 1, 2, 2, 2, 3], [0, 1, 2, 2, 5, 4, 3, 6], [1, 0, 4, 6, 5, 7], [0, 2, 2, 4, 5, 5], [0, 1, 2], [2, 2, 1]]


def forward(model, batch, mention, sequence):
    """Log-probabilities behind one sequence, by an unpadded forward pass of the whole model."""
    ids, mask = batch[0][mention], batch[1][mention].bool()
    with torch.inference_mode():
        output = model(input_ids=ids[mask][None], decoder_input_ids=torch.tensor([sequence]), use_cache=False)
    return output.logits[0, -1].log_softmax(-1)


def check(model, session_type, seed=0):
    rng = generator(seed)
    batch, prefixes = random_batch(rng, 4, VOCAB), random_prefixes(rng, 4, VOCAB, longest=7)
    session = session_type(model, *batch, prefixes)
    rows = list(enumerate(prefixes))
    found = session.prefill()
    for parents in STEPS:
        assert found.dtype == torch.float32
        expected = torch.stack([forward(model, batch, mention, sequence) for mention, sequence in rows])
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)  # float32 sums in another order
        parents = sorted(parents, key=lambda row: rows[row][0])
        tokens = rng.integers(3, VOCAB, len(parents)).tolist()
        rows = [(rows[row][0], [*rows[row][1], token]) for row, token in zip(parents, tokens, strict=True)]
        found = session.advance(torch.tensor(tokens), torch.tensor(parents))


@pytest.mark.parametrize("settings", [{}, {"scale_embedding": True, "activation_function": "relu"}])
@pytest.mark.parametrize("session_type", [PlainSession, BartSession])
def test_bart_sessions_equal_the_full_forward_pass(session_type, settings):
    model = toy_bart(VOCAB, init_std=0.2, **settings)
    model.final_logits_bias.copy_(torch.linspace(-1, 1, VOCAB)[None])
    check(model, session_type)


def test_plain_session_serves_any_encoder_decoder():
    check(toy_t5(VOCAB), PlainSession)


def test_the_source_is_never_copied_to_the_rows():
    rng = generator()
    session = BartSession(toy_bart(VOCAB), *random_batch(rng, 3, VOCAB), random_prefixes(rng, 3, VOCAB))
    session.prefill()
    before = [memory.source_keys.data_ptr() for memory in session._memories]
    session.advance(torch.tensor([5] * 6), torch.tensor([0, 0, 1, 1, 2, 2]))
    assert [memory.source_keys.data_ptr() for memory in session._memories] == before
    assert session._memories[0].source_keys.shape[0] == session._memories[0].prefix_keys.shape[0] == 3
    session.advance(torch.tensor([5, 5]), torch.tensor([1, 1]))
    assert session._memories[0].source_keys.shape[0] == session._memories[0].prefix_keys.shape[0] == 1


def test_half_precision_is_scored_in_single():
    rng = generator()
    model = toy_bart(VOCAB, init_std=0.1)
    batch, prefixes = random_batch(rng, 3, VOCAB), random_prefixes(rng, 3, VOCAB)
    expected = BartSession(model, *batch, prefixes).prefill()
    for session_type in (BartSession, PlainSession):
        session = session_type(model.to(torch.bfloat16), *batch, prefixes)
        found = session.prefill()
        torch.testing.assert_close(found, expected, atol=0.1, rtol=0)
        assert session.advance(torch.tensor([4]), torch.tensor([1])).dtype == torch.float32


def test_dropout_is_off():
    rng = generator()
    model = toy_bart(VOCAB).train()
    batch, prefixes = random_batch(rng, 2, VOCAB), random_prefixes(rng, 2, VOCAB)
    assert torch.equal(BartSession(model, *batch, prefixes).prefill(), BartSession(model, *batch, prefixes).prefill())


def test_a_name_beyond_the_last_position_is_an_error():
    rng = generator()
    session = BartSession(toy_bart(VOCAB, n_positions=12), *random_batch(rng, 1, VOCAB, 5), [[EOS] * 11])
    session.prefill()
    one = torch.tensor([5]), torch.tensor([0])
    session.advance(*one)
    with pytest.raises(ModelError, match="more than 1 tokens out of the knowledge base"):
        session.advance(*one)


def test_only_bart_gets_the_bart_session():
    assert supports_bart_session(toy_bart())
    assert not supports_bart_session(toy_t5())
