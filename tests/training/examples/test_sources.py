from random import Random

import pytest
from small import articles, knowledge_base

from angel_spacy.errors import AngelError
from angel_spacy.objectives.examples import Example, NamedMention
from angel_spacy.objectives.trigrams import most_similar
from angel_spacy.records import Article, Mention
from angel_spacy.training.examples.data import TrainingData, named_mentions, names_by_row, union
from angel_spacy.training.examples.dictionary import Dictionary, find_mentions
from angel_spacy.training.examples.sources import MentionSource, Mixture, SynonymSource
from angel_spacy.training.examples.synonyms import Synonyms
from angel_spacy.training.sections import Shares

KB = knowledge_base()
NAMES = names_by_row(KB)
TEXT = "We saw hemicrania, then Urate-Arthritis and mumps."


def drawn(source, n=300, seed=0):
    rng = Random(seed)
    return [source.sample(rng) for _ in range(n)]


def row_of(name):
    (row,) = [row for row, names in enumerate(NAMES) if name in names]
    return row


def test_synonyms_are_paired_within_one_concept():
    source = SynonymSource(Synonyms(NAMES, [1.0] * len(NAMES)))
    examples = drawn(source)
    assert {example.target for example in examples} == {name for names in NAMES for name in names}
    clean = [one for one in examples if one.text in {name for names in NAMES for name in names}]
    assert clean
    assert all(row_of(one.text) == row_of(one.target) for one in clean)
    assert all((one.start, one.end) == (0, len(one.text)) for one in examples)


def test_a_weight_of_zero_is_never_drawn():
    source = SynonymSource(Synonyms(NAMES, [0, 1, 0, 0, 0, 0]))
    assert {row_of(example.target) for example in drawn(source)} == {1}


def test_a_concept_without_names_is_never_drawn():
    source = SynonymSource(Synonyms([[], ["gout", "podagra"]], [100.0, 1.0]))
    assert {example.target for example in drawn(source)} == {"gout", "podagra"}


def test_mentions_get_names_of_their_own_concept_in_their_own_text():
    mentions = named_mentions(articles(), KB)
    source = MentionSource(mentions, NAMES, KB.normalise)
    of_text = {mention.text.split()[-1]: mention for mention in mentions}
    assert of_text
    for example in drawn(source):
        before, after = example.text[: example.start], example.text[example.end :]
        assert (before, after) == ("A case of ", " in a village.")
    quiet = MentionSource(mentions, NAMES, KB.normalise, swap=0, noise=0)
    rows = {mention.text: mention.rows for mention in mentions}
    assert all(row_of(example.target) in rows[example.text] for example in drawn(quiet))


def test_a_composite_mention_gets_the_names_of_all_its_concepts():
    both = Article("1", "", "asthma and gout", (Mention("asthma and gout", 0, 15, "", ("T:1", "T:2")),))
    source = MentionSource(named_mentions([both], KB), NAMES, KB.normalise, swap=0, noise=0)
    assert {row_of(example.target) for example in drawn(source)} == {0, 1}


def test_the_own_form_of_a_mention_can_be_hidden():
    mention = NamedMention("gout", 0, 4, (1,))
    own = MentionSource([mention], NAMES, KB.normalise, swap=0, noise=0, hide=0)
    hidden = MentionSource([mention], NAMES, KB.normalise, swap=0, noise=0, hide=1)
    assert {example.target for example in drawn(own)} == {"gout"}
    assert {example.target for example in drawn(hidden)} == {"gouty arthritis", "urate arthritis"}


def test_mentions_of_unknown_concepts_are_left_out():
    lost = Article("1", "", "gout", (Mention("gout", 0, 4, "", ("T:99",)), Mention("gout", 0, 4)))
    assert named_mentions([lost], KB) == []


def test_most_similar_ranks_by_shared_trigrams_and_breaks_ties_by_name():
    assert most_similar("gouty arthritis", NAMES[1], 2) == ["gouty arthritis", "urate arthritis"]
    assert most_similar("xyz", ["b", "a"], 2) == ["a", "b"]


def test_names_are_found_word_by_word_whatever_their_punctuation():
    found = list(Dictionary(NAMES, KB.normalise).find(TEXT))
    assert [(TEXT[hit.start : hit.end], hit.rows) for hit in found] == [
        ("hemicrania", (2,)),
        ("Urate-Arthritis", (1,)),
        ("mumps", (4,)),
    ]


def test_ambiguous_and_short_names_are_not_looked_for():
    dictionary = Dictionary([["rubeola", "flu"], ["rubeola", "sore throat"]], KB.normalise)
    assert [hit.rows for hit in dictionary.find("rubeola flu sore throat")] == [(1,)]


def test_frequent_names_do_not_drown_the_rest():
    assert len(find_mentions([TEXT] * 9, Dictionary(NAMES, KB.normalise), at_most=2)) == 6


def test_a_union_holds_every_concept_once_with_the_names_of_all():
    other = knowledge_base()
    other.add_name("T:2", "Podagra")
    together = union([knowledge_base(), other])
    assert len(together) == len(KB)
    assert "podagra" in names_by_row(together)[1]


def test_sources_of_what_is_not_there_are_left_out():
    data = TrainingData(knowledge_base(), [], [])
    assert len(data.sources(Shares(synonyms=1, dictionary=1, mentions=1))) == 1
    full = TrainingData(knowledge_base(), articles(), [TEXT])
    assert [share for share, _ in full.sources(Shares(synonyms=0.5, dictionary=0.2, mentions=0.3))] == [0.5, 0.2, 0.3]
    assert [share for share, _ in full.sources(Shares(synonyms=0, mentions=1))] == [1]


def test_shares_that_leave_nothing_to_draw_from_are_an_error():
    with pytest.raises(AngelError, match="shares"):
        TrainingData(knowledge_base(), [], []).sources(Shares(synonyms=0, dictionary=1, mentions=1))


def mixture(seed=0, **settings):
    sources = TrainingData(knowledge_base(), articles(), [TEXT]).sources(Shares(synonyms=1, dictionary=1, mentions=1))
    return Mixture(sources, **{"batch_size": 4, "n_batches": 40, "seed": seed, **settings})


def test_the_same_seed_draws_the_same_examples_in_any_order():
    one, other = mixture(), mixture()
    assert len(one) == 160
    expected = [one[i] for i in range(len(one))]
    assert [other[i] for i in reversed(range(len(one)))] == expected[::-1]
    assert [mixture(seed=1)[i] for i in range(len(one))] != expected


def test_a_longer_run_begins_like_a_shorter_one():
    short, long = mixture(n_batches=20), mixture(n_batches=40)
    assert [short[i] for i in range(len(short))] == [long[i] for i in range(len(short))]


class Counting:
    """Counts how often it is drawn from."""

    def __init__(self, name):
        self.name = name

    def sample(self, rng):
        return Example("x" * rng.randrange(1, 60), 0, 1, self.name)


def test_a_pool_comes_from_one_source_and_its_batches_are_of_like_length():
    drawn_from = Mixture([(1, Counting("a")), (1, Counting("b"))], batch_size=4, n_batches=64, seed=3)
    pools = [[drawn_from[i] for i in range(start, start + 64)] for start in range(0, 256, 64)]
    assert [len({example.target for example in pool}) for pool in pools] == [1, 1, 1, 1]
    assert {example.target for pool in pools for example in pool} == {"a", "b"}


def test_lengths_within_a_batch_are_neighbours():
    class Growing:
        def sample(self, rng):
            n = rng.randrange(1, 1000)
            return Example("x" * n, 0, n, "name")

    drawn_from = Mixture([(1, Growing())], batch_size=4, n_batches=16, seed=0)
    ends = [[drawn_from[start + i].end for i in range(4)] for start in range(0, 64, 4)]
    assert max(max(batch) - min(batch) for batch in ends) < 400
    assert sorted(ends) != ends  # short batches do not all come first
