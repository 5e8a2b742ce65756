import pytest
import torch
import transformers as hf
from backbones_toy import BACKBONES, DECODERS, ENCODER_DECODERS, backbone
from toys import (
    EOS,
    all_behind_paths,
    all_behind_prefixes,
    generator,
    random_batch,
    random_prefixes,
    toy_bart,
)

from angel_spacy.errors import ModelError
from angel_spacy.models.bart import BartSession
from angel_spacy.models.causal import CausalSession
from angel_spacy.models.plain import PlainCausalSession, PlainSession
from angel_spacy.models.sessions import session_of
from angel_spacy.models.t5 import T5Session

VOCAB = 259

# Parents and path lengths of each call, for four mentions: a token has two children or none, an old token is continued,
# stretches are read at once, mentions vanish. Numbers 0 .. 3 are the prefixes.
CALLS = [
    ([0, 0, 1, 2, 2, 2, 3], [1, 1, 1, 1, 1, 1, 1]),  # reads 4 .. 10
    ([4, 5, 1, 7, 8, 8, 10], [1, 3, 2, 1, 1, 4, 1]),  # reads 11 .. 23
    ([4, 14, 19, 22], [2, 1, 1, 1]),
    ([22, 22], [1, 5]),
]


def forward(model, batch, mention, sequence):
    """Log-probabilities behind one sequence, by an unpadded forward pass of the whole model."""
    ids, mask = batch[0][mention], batch[1][mention].bool()
    given = {"input_ids": ids[mask][None], "decoder_input_ids": torch.tensor([sequence])}
    with torch.inference_mode():
        output = model(**(given if len(mask) else {"input_ids": given["decoder_input_ids"]}), use_cache=False)
    return output.logits[0, -1].log_softmax(-1)


def check(model, session_type, seed=0):
    rng = generator(seed)
    batch, prefixes = random_batch(rng, 4, VOCAB), random_prefixes(rng, 4, VOCAB, longest=7)
    if not model.config.is_encoder_decoder:
        batch = (torch.zeros(4, 0, dtype=torch.long),) * 2
    unread = session_type(model, *batch, prefixes)
    session = unread.fresh()
    read = list(enumerate(prefixes))  # of each token: its mention, and the tokens up to it
    first = found = all_behind_prefixes(session, 4, VOCAB)
    new = read
    for parents, lengths in [*CALLS, ([], [])]:
        assert found.dtype == torch.float32
        expected = torch.stack([forward(model, batch, mention, sequence) for mention, sequence in new])
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)  # float32 sums in another order
        if not parents:
            torch.testing.assert_close(all_behind_prefixes(unread, 4, VOCAB), first)
            return
        paths = [rng.integers(3, VOCAB, length).tolist() for length in lengths]
        new = [
            (read[parent][0], [*read[parent][1], *path[: end + 1]])
            for parent, path in zip(parents, paths, strict=True)
            for end in range(len(path))
        ]
        session.keep(torch.tensor(sorted({read[parent][0] for parent in parents})))
        found = all_behind_paths(session, paths, parents, VOCAB)
        read += new


@pytest.mark.parametrize("settings", [{}, {"scale_embedding": True, "activation_function": "relu"}])
@pytest.mark.parametrize("session_type", [PlainSession, BartSession])
def test_bart_sessions_equal_the_full_forward_pass(session_type, settings):
    model = toy_bart(VOCAB, init_std=0.2, **settings)
    model.final_logits_bias.copy_(torch.linspace(-1, 1, VOCAB)[None])
    check(model, session_type)


@pytest.mark.parametrize("family", ENCODER_DECODERS)
def test_sessions_of_encoder_decoders_equal_the_full_forward_pass(family):
    check(backbone(family), session_of(backbone(family)))
    check(backbone(family), PlainSession, seed=1)


@pytest.mark.parametrize("family", DECODERS)
def test_sessions_of_decoders_equal_the_full_forward_pass(family):
    check(backbone(family), CausalSession)
    check(backbone(family), PlainCausalSession, seed=1)


def test_nothing_is_copied_while_most_mentions_live():
    rng = generator()
    session = BartSession(toy_bart(VOCAB), *random_batch(rng, 4, VOCAB), random_prefixes(rng, 4, VOCAB))
    all_behind_prefixes(session, 4, VOCAB)
    memory = session._memories[0]
    before = memory.source_keys.data_ptr(), memory.keys.data_ptr()
    session.keep(torch.arange(4))
    all_behind_paths(session, [[5]] * 8, [0, 0, 1, 1, 2, 2, 3, 3], VOCAB)
    session.keep(torch.tensor([0, 1, 3]))
    all_behind_paths(session, [[5]] * 3, [5, 4, 10], VOCAB)
    assert (memory.source_keys.data_ptr(), memory.keys.data_ptr()) == before
    session.keep(torch.tensor([1]))
    assert memory.source_keys.shape[0] == memory.keys.shape[0] == 1


def test_half_precision_is_scored_in_single():
    rng = generator()
    model = toy_bart(VOCAB, init_std=0.1)
    batch, prefixes = random_batch(rng, 3, VOCAB), random_prefixes(rng, 3, VOCAB)
    expected = all_behind_prefixes(BartSession(model, *batch, prefixes), 3, VOCAB)
    for session_type in (BartSession, PlainSession):
        session = session_type(model.to(torch.bfloat16), *batch, prefixes)
        torch.testing.assert_close(all_behind_prefixes(session, 3, VOCAB), expected, atol=0.1, rtol=0)
        assert all_behind_paths(session, [[4]], [1], VOCAB).dtype == torch.float32


def test_many_rows_are_scored_piece_by_piece():
    rng = generator()
    model = toy_bart(VOCAB)
    batch, prefixes = random_batch(rng, 1, VOCAB), random_prefixes(rng, 1, VOCAB)
    session, other = (BartSession(model, *batch, prefixes) for _ in range(2))
    for one in (session, other):
        all_behind_prefixes(one, 1, VOCAB)
    paths = rng.integers(3, VOCAB, (300, 1)).tolist()
    together = all_behind_paths(session, paths, [0] * 300, VOCAB)
    torch.testing.assert_close(together[200:], all_behind_paths(other, paths[200:], [0] * 100, VOCAB))


def test_dropout_is_off():
    rng = generator()
    model = toy_bart(VOCAB).train()
    batch, prefixes = random_batch(rng, 2, VOCAB), random_prefixes(rng, 2, VOCAB)
    one, other = (all_behind_prefixes(BartSession(model, *batch, prefixes), 2, VOCAB) for _ in range(2))
    assert torch.equal(one, other)


def test_a_name_beyond_the_last_position_is_an_error():
    rng = generator()
    session = BartSession(toy_bart(VOCAB, n_positions=12), *random_batch(rng, 1, VOCAB, 5), [[EOS] * 11])
    all_behind_prefixes(session, 1, VOCAB)
    all_behind_paths(session, [[5]], [0], VOCAB)
    with pytest.raises(ModelError, match="more than 1 tokens out of the knowledge base"):
        all_behind_paths(session, [[5]], [1], VOCAB)


def test_every_network_gets_its_session():
    kinds = {family: session_of(backbone(family)) for family in BACKBONES}
    assert {kinds.pop(family) for family in ("bart", "mbart")} == {BartSession}
    assert {kinds.pop(family) for family in ("t5", "mt5", "flan-t5")} == {T5Session}
    assert kinds.pop("two berts") is PlainSession
    assert set(kinds.values()) == {CausalSession}


def test_a_decoder_that_nobody_compared_is_read_in_whole():
    assert session_of(hf.CodeGenForCausalLM(hf.CodeGenConfig(n_layer=1, n_embd=16, n_head=4, rotary_dim=4))) is (
        PlainCausalSession
    )
