"""`transformers.generate` is the oracle: same names, same order, same scores."""

import pytest
from toys import generated, generator, random_batch, random_prefixes, random_trie, toy_bart
from tries import sequences

from angel_spacy.decode.search import beam_search
from angel_spacy.models.bart import BartSession
from angel_spacy.trie.trie import PackedTrie

SMALL = toy_bart(60)
LARGE = toy_bart(1000, d_model=32, layers=(2, 3), init_std=0.4, seed=1)


def found(model, batch, prefixes, trie, width):
    session = BartSession(model, *batch, prefixes)
    hypotheses = beam_search(session, trie, len(prefixes), beam_width=width)
    names = sequences(trie)
    return [[(names[h.leaf], h.score) for h in mine] for mine in hypotheses]


def problem(seed, model, n_names, n_mentions=6, longest=6):
    """Prefixes are of one length, as `generate` needs; sources are not."""
    rng, vocab_size = generator(seed), model.config.vocab_size
    trie = random_trie(rng, n_names, vocab_size, longest)
    return (
        random_batch(rng, n_mentions, vocab_size),
        random_prefixes(rng, n_mentions, vocab_size, longest=4, shortest=4),
        trie,
    )


@pytest.mark.parametrize("width", [2, 5, 10])
@pytest.mark.parametrize(("model", "n_names"), [(SMALL, 200), (SMALL, 2000), (LARGE, 300)])
def test_equals_generate(model, n_names, width):
    batch, prefixes, trie = problem(width, model, n_names)
    ours, theirs = (search(model, batch, prefixes, trie, width) for search in (found, generated))
    for mine, yours in zip(ours, theirs, strict=True):
        assert [name for name, _ in mine] == [name for name, _ in yours]
        assert [score for _, score in mine] == pytest.approx([score for _, score in yours], abs=1e-4)
        assert len(mine) == width


@pytest.mark.parametrize("names", [[(5, 2)], [(5, 2), (5, 6, 2), (5, 6, 7, 2)], [(5, 6, 2), (7, 2)]])
def test_equals_generate_with_fewer_names_than_beams(names):
    batch, prefixes, _ = problem(0, SMALL, 1)
    trie = PackedTrie.build(names, [[0]] * len(names))
    for mine, yours in zip(
        found(SMALL, batch, prefixes, trie, 5), generated(SMALL, batch, prefixes, trie, 5), strict=True
    ):
        # `generate` fills the missing rows with copies; the first of each name is the real one.
        real = dict(reversed(yours))
        assert dict(mine) == pytest.approx(real, abs=1e-4)
        assert len(mine) == len(names)


def test_one_beam_is_at_least_as_good_as_greedy_search():
    # With one beam `generate` is greedy search, which stops at the first EOS; ours goes on while it can improve.
    batch, prefixes, trie = problem(3, SMALL, 500, n_mentions=12)
    ours = found(SMALL, batch, prefixes, trie, 1)
    greedy = [name for [(name, _)] in generated(SMALL, batch, prefixes, trie, 1)]
    everything = [dict(mine) for mine in found(SMALL, batch, prefixes, trie, len(trie))]
    for [(name, score)], theirs, scores in zip(ours, greedy, everything, strict=True):
        assert score == pytest.approx(scores[name], abs=1e-5)
        assert score >= scores[theirs] - 1e-5
    assert sum(mine[0][0] == theirs for mine, theirs in zip(ours, greedy, strict=True)) >= 6
