"""What a label allows: bits of concepts, names and nodes, and searches that stay inside them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_similar import encoder, large_kb
from toys import EOS, generator, random_batch, random_prefixes, toy_bart
from tries import sequences

from angel_spacy.candidates.restriction import ANY, Restrictions
from angel_spacy.candidates.similar import SimilarNames
from angel_spacy.candidates.source import Request
from angel_spacy.decode.search import beam_search
from angel_spacy.decode.state import Allowed
from angel_spacy.errors import ConfigError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.bart import BartSession
from angel_spacy.trie.trie import PackedTrie

VOCAB = 20
MODEL = toy_bart(VOCAB)

KB = KnowledgeBase(
    [
        Concept("D000001", "Gout", ("cold",), types=("Disease",)),
        Concept("D000002", "Aspirin", ("cold",), types=("Chemical", "D02.455")),
        Concept("MONDO:3", "Flu"),
        Concept("X:4", "Something"),
        Concept("D000005", "Hospitals", types=("Other",)),
    ]
)


def about(label, among=0):
    return Request("", 0, 0, (), label=label, among=among)


def allowed_ids(restrictions, label):
    number = restrictions.number(about(label))
    return [one.concept_id for row, one in enumerate(restrictions.kb.concepts) if restrictions.allows(number, row)]


@pytest.mark.parametrize(
    ("label", "ids"),
    [
        ("DISEASE", ["D000001", "MONDO:3", "X:4"]),
        ("SpecificDisease", ["D000001", "MONDO:3", "X:4"]),
        ("Chemical", ["D000002", "X:4"]),
        ("SIMPLE_CHEMICAL", ["D000002", "X:4"]),
        ("GENE", ["X:4"]),
        ("ENTITY", ["D000001", "D000002", "MONDO:3", "X:4", "D000005"]),
        ("", ["D000001", "D000002", "MONDO:3", "X:4", "D000005"]),
    ],
)
def test_a_label_allows_what_it_says_and_what_says_nothing(label, ids):
    assert allowed_ids(Restrictions(KB), label) == ids


def test_a_table_of_patterns_is_taken_as_it_is():
    restrictions = Restrictions(KB, {"DRUG": ["D0*"], "SICK": ["MONDO:*", "Disease", "MESH:D000002"], "NOTHING": []})
    assert allowed_ids(restrictions, "DRUG") == ["D000002"]
    assert allowed_ids(restrictions, "SICK") == ["D000001", "D000002", "MONDO:3"]
    assert allowed_ids(restrictions, "NOTHING") == []
    assert allowed_ids(restrictions, "DISEASE") == allowed_ids(Restrictions(KB, {}), "DISEASE") != []


def test_a_name_is_allowed_where_one_of_its_concepts_is():
    restrictions = Restrictions(KB)
    bits = restrictions.of_names(KB.name_rows())
    for label in ("DISEASE", "CHEMICAL", "GENE"):
        number = restrictions.number(about(label))
        rows = {row for row in range(KB.n_rows) if restrictions.allows(number, row)}
        names = [name for name, bit in zip(KB.names(), bits.tolist(), strict=True) if bit >> number & 1]
        assert names == [name for name in KB.names() if rows & set(KB.rows_of(name))]


def test_concepts_that_come_later_are_known():
    kb = KnowledgeBase(KB.concepts)
    restrictions = Restrictions(kb)
    assert len(restrictions.of_rows()) == 5
    kb.remove("D000001")
    kb.add(Concept("D000009", "Fever", types=("Disease",)))
    assert restrictions.allows(restrictions.number(about("DISEASE")), kb.resolve("D000009"))
    assert not restrictions.allows(restrictions.number(about("CHEMICAL")), kb.resolve("D000009"))


def test_sets_of_ids_hold_for_the_mention_that_names_them():
    restrictions = Restrictions.of_sets(KB, [{"D000001", "MONDO:3"}, {"X:4"}, set()])
    ids = [
        [one.concept_id for row, one in enumerate(KB.concepts) if restrictions.allows(restrictions.number(of), row)]
        for of in (about("GENE", 1), about("DISEASE", 2), about("", 3), about("DISEASE"))
    ]
    assert ids == [["D000001", "MONDO:3"], ["X:4"], [], [one.concept_id for one in KB.concepts]]


def test_many_labels_have_bits_and_too_many_are_an_error():
    kb = KnowledgeBase(Concept(f"X:{i}", f"n{i}", types=(f"t{i}",)) for i in range(62))
    restrictions = Restrictions(kb, {f"L{i}": [f"t{i}"] for i in range(62)})
    for i in range(62):
        assert allowed_ids(restrictions, f"L{i}") == [f"X:{i}"]
    with pytest.raises(ConfigError, match="63 labels to restrict: use 62 or fewer"):
        Restrictions(kb, {f"L{i}": [] for i in range(63)})


words = st.lists(st.integers(3, 6), max_size=4).map(lambda tokens: (*tokens, EOS))
types = st.sets(st.integers(0, 2))
typed_names = st.dictionaries(words, types, min_size=1, max_size=25).map(lambda of: sorted(of.items()))


def kb_and_trie(names):
    """Concept i has name i and the types T0, T1 … that are given; the trie has the same rows."""
    concepts = [Concept(f"X:{i}", f"n{i}", types=tuple(f"T{t}" for t in sorted(of))) for i, (_, of) in enumerate(names)]
    trie = PackedTrie.build([name for name, _ in names], [[i] for i in range(len(names))])
    return Restrictions(KnowledgeBase(concepts), {f"L{t}": [f"T{t}"] for t in range(3)}), trie


@given(typed_names)
def test_a_node_has_the_bits_of_the_names_below_it(names):
    restrictions, trie = kb_and_trie(names)
    bits = restrictions.of_nodes(trie)
    for name, of in names:
        expected = 1 | sum(2 << t for t in of)
        for length in range(len(name) + 1):
            assert bits[trie.find(name[:length])] & expected == expected
    for node in range(trie.n_nodes):
        below = [of for name, of in names if any(trie.find(name[:length]) == node for length in range(len(name) + 1))]
        assert bits[node] == 1 | sum(2 << t for t in set().union(*below))


@given(typed_names, st.integers(1, 6), st.integers(0, 2**31))
def test_a_restricted_search_finds_what_a_trie_of_those_names_alone_gives(names, width, seed):
    restrictions, trie = kb_and_trie(names)
    rng = generator(seed)
    batch, prefixes = random_batch(rng, 4, VOCAB), random_prefixes(rng, 4, VOCAB)
    numbers = [1, 2, 3, ANY]
    bits = torch.from_numpy(restrictions.of_nodes(trie))
    allowed = Allowed(bits, torch.tensor([1 << number for number in numbers], dtype=bits.dtype))
    found = beam_search(BartSession(MODEL, *batch, prefixes), trie, 4, beam_width=width, allowed=allowed)
    for i, number in enumerate(numbers):
        own = [name for name, of in names if number == ANY or number - 1 in of]
        alone = PackedTrie.build(own, [[0]] * len(own)) if own else None
        session = BartSession(MODEL, batch[0][i : i + 1], batch[1][i : i + 1], prefixes[i : i + 1])
        expected = beam_search(session, alone, 1, beam_width=width)[0] if alone else []
        assert [sequences(trie)[one.leaf] for one in found[i]] == [sequences(alone)[one.leaf] for one in expected]
        assert [one.score for one in found[i]] == pytest.approx([one.score for one in expected], abs=1e-5)


@pytest.mark.parametrize("k", [1, 7, 5000])
def test_the_nearest_names_of_those_that_are_allowed(k):
    kb = large_kb()
    similar = SimilarNames(kb, encoder())
    allowed = np.arange(kb.n_names) % 3 == 0
    queries = list(kb.names())[:40]
    vectors, asked = similar.vectors(), similar.encoder.encode(queries)[0]
    for query, near in zip(asked, similar.nearest(queries, k, allowed), strict=True):
        assert allowed[near.numbers].all()
        best = np.sort((vectors @ query)[allowed])[::-1][:k]
        assert near.cosines == pytest.approx(best, abs=1e-5)


def test_nothing_is_near_where_nothing_is_allowed():
    kb = large_kb(10)
    (near,) = SimilarNames(kb, encoder()).nearest(["gout"], 5, np.zeros(kb.n_names, bool))
    assert len(near.numbers) == len(near.cosines) == 0
