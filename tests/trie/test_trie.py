import pickle

import numpy as np
import pygtrie
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tries import sequences

from angel_spacy.arrays.files import arrays_to_bytes, save_arrays
from angel_spacy.arrays.ragged import Ragged
from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.trie.trie import FIELDS, PackedTrie

EOS = 2
words = st.lists(st.integers(3, 7), max_size=5).map(lambda tokens: (*tokens, EOS))
entries = st.lists(st.tuples(words, st.lists(st.integers(0, 9), max_size=3)), max_size=30)


def build(entries):
    return PackedTrie.build([sequence for sequence, _ in entries], [rows for _, rows in entries])


def language(trie):
    return {name: trie.rows(leaf) for leaf, name in enumerate(sequences(trie))}


def walked(trie, node=0):
    """Every path from `node` to a leaf, by the arrays alone."""
    if trie.height[node] == 0 and node > 0:
        return [()]
    children = range(trie.first_child[node], trie.first_child[node + 1])
    return [(int(trie.tokens[child]), *rest) for child in children for rest in walked(trie, child)]


def same(a, b, but=()):
    pairs = [(getattr(a, field), getattr(b, field)) for field in FIELDS if field not in but]
    return all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in pairs)


@given(entries)
def test_language_is_the_names_in_order(entries):
    trie = build(entries)
    names = sorted({sequence for sequence, _ in entries})
    assert walked(trie) == sequences(trie) == names
    assert len(trie) == trie.n_leaves == len(names)


@given(entries)
def test_rows_of_equal_names_are_merged_in_input_order(entries):
    merged = {}
    for sequence, rows in entries:
        merged[sequence] = tuple(dict.fromkeys((*merged.get(sequence, ()), *rows)))
    trie = build(entries)
    assert language(trie) == merged
    given_names = [sequence for sequence, _ in entries]
    assert [given_names.index(sequence) for sequence in sequences(trie)] == trie.first_input.tolist()


@given(entries, words)
def test_prefix_queries_agree_with_pygtrie(entries, prefix):
    trie, oracle, prefix = build(entries), pygtrie.Trie(dict(entries)), prefix[:2]
    found = sorted(oracle.keys(prefix)) if not prefix or oracle.has_node(prefix) else []
    node = trie.find(prefix)
    assert found == ([(*prefix, *rest) for rest in walked(trie, node)] if node >= 0 else [])


@given(entries)
def test_height_is_the_longest_way_down(entries):
    trie = build(entries)
    for node in range(trie.n_nodes):
        assert trie.height[node] == max(map(len, walked(trie, node)), default=0)


@given(entries)
def test_leaves_are_the_nodes_without_children_each_with_its_number(entries):
    trie = build(entries)
    leaves = [node for node in range(1, trie.n_nodes) if trie.first_child[node] == trie.first_child[node + 1]]
    names = sequences(trie)
    assert leaves == trie.leaf_nodes.tolist() == [trie.find(names[number]) for number in trie.leaf_numbers]


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_names_does_not_matter(entries, random):
    distinct = list({sequence: (sequence, rows) for sequence, rows in entries}.values())
    shuffled = random.sample(distinct, len(distinct))
    assert same(build(distinct), build(shuffled), but=["first_input"])


@pytest.mark.parametrize(("largest", "dtype"), [(7, np.uint16), (65_535, np.uint16), (65_536, np.int32)])
def test_tokens_take_no_more_room_than_the_vocabulary_needs(largest, dtype):
    trie = build([((EOS,), [0]), ((largest, EOS), [1]), ((largest - 1, EOS), [2])])
    assert trie.tokens.dtype == dtype
    assert sequences(trie) == [(EOS,), (largest - 1, EOS), (largest, EOS)]
    assert (trie.find([largest]), trie.find([1 << 20]), trie.find([-1])) == (3, -1, -1)


@pytest.mark.parametrize(("longest", "dtype"), [(1, np.uint8), (255, np.uint8), (256, np.int16), (32_768, np.int32)])
def test_heights_take_no_more_room_than_the_longest_name_needs(longest, dtype):
    name = (*[3] * (longest - 1), EOS)
    trie = build([(name, [0])])
    assert (trie.height[0], trie.height.dtype) == (longest, dtype)
    assert sequences(trie) == [name]


@given(entries)
def test_bytes_are_an_identity(entries):
    trie = build(entries)
    assert same(PackedTrie.from_bytes(trie.to_bytes()), trie)  # which looks at every node
    assert same(pickle.loads(pickle.dumps(trie)), trie)


@pytest.mark.parametrize("entries", [[], [((5, EOS), [0])], [((5, EOS), [1, 0]), ((5, 6, EOS), []), ((EOS,), [2])]])
def test_a_folder_is_an_identity(tmp_path, entries):
    trie = build(entries)
    trie.save(tmp_path / "trie")
    loaded = PackedTrie.load(tmp_path / "trie")
    assert same(loaded, trie)
    assert language(loaded) == language(trie)


def test_ragged_input_is_the_same_as_lists():
    ragged = Ragged(np.array([5, EOS, EOS], np.int32), np.array([0, 2, 3]))
    assert same(PackedTrie.build(ragged, [[1], [0]]), PackedTrie.build([[5, EOS], [EOS]], [[1], [0]]))


@pytest.mark.parametrize(
    ("names", "payloads", "remedy"),
    [
        ([[]], [[0]], "drop the empty ones"),
        ([[5, EOS], [5]], [[0], [1]], "model's EOS token"),
        ([[EOS], [EOS, 5, EOS]], [[0], [1]], "then add one EOS"),
        ([[-1, EOS]], [[0]], "model's tokenizer"),
        ([[5, EOS]], [], "one payload a name"),
    ],
)
def test_names_that_are_none(names, payloads, remedy):
    with pytest.raises(KnowledgeBaseError, match=remedy):
        PackedTrie.build(names, payloads)


def test_a_damaged_trie_is_an_error_with_a_remedy(tmp_path):
    trie = build([((token, EOS), [token]) for token in range(3, 40)])
    trie.save(tmp_path)
    for data in (b"", b"no array", (tmp_path / "tokens.npy").read_bytes()[:-1]):
        (tmp_path / "tokens.npy").write_bytes(data)
        with pytest.raises(KnowledgeBaseError, match=r"no usable trie .* Delete that folder"):
            PackedTrie.load(tmp_path)
    with pytest.raises(KnowledgeBaseError, match="Delete"):
        PackedTrie.load(tmp_path / "missing")
    whole = trie.to_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(bytes([0, 0, 3, 0, 4, 0])) + 4] ^= 15  # a token that is then out of order
    for data in (b"", b"no trie", whole[:-30], whole[: len(whole) // 2], bytes(flipped)):
        with pytest.raises(KnowledgeBaseError, match="Store the pipeline again"):
            PackedTrie.from_bytes(data)


ENTRIES = [((5, EOS), [0]), ((6, EOS), [1])]
OUTLINES = [
    {"tokens": [0.5, 5, 6, EOS, EOS]},
    {"tokens": [0, 5, 6, EOS]},
    {"tokens": [[0], [5], [6], [EOS], [EOS]]},
    {"first_child": [1, 3, 4, 5, 5, 4]},
    {"first_child": [0, 3, 4, 5, 5, 5]},
    {"height": [2, 1, 1, 0]},
    {"leaf_nodes": [3]},
    {"leaf_numbers": [0]},
    {"payload_offsets": [0, 2, 1]},
    {"payload": [0, 1, 2]},
    {"first_input": [0]},
    {"more": [0]},
]
INSIDES = [
    {"tokens": [0, 6, 5, EOS, EOS]},
    {"tokens": [0, 5, 5, EOS, EOS]},
    {"tokens": [0, 5, 6, -1, EOS]},
    {"first_child": [1, 3, 1, 5, 5, 5]},
    {"first_child": [1, 1, 4, 5, 5, 5]},
    {"height": [1, 1, 1, 0, 0]},
    {"height": [2, 1, 1, 1, 0]},
    {"leaf_nodes": [4, 3]},
    {"leaf_nodes": [3, 9]},
    {"leaf_numbers": [0, 0]},
    {"leaf_numbers": [0, 2]},
    {"leaf_numbers": [0, -1]},
    {"payload_offsets": [0, 3, 2]},
    {"payload": [0, -1]},
    {"first_input": [0, -1]},
]


def tampered(change):
    """The arrays of a small trie, some of them changed."""
    trie = build(ENTRIES)
    arrays = {field: getattr(trie, field) for field in FIELDS}
    for name, values in change.items():
        changed = np.array(values)
        whole = np.uint8 if name == "height" else np.int32  # a type that the field may have
        arrays[name] = changed.astype(whole) if changed.dtype.kind == "i" else changed
    return arrays


@pytest.mark.parametrize("change", OUTLINES)
def test_arrays_of_no_trie_are_refused_when_opened(tmp_path, change):
    save_arrays(tmp_path, tampered(change))
    with pytest.raises(KnowledgeBaseError, match=r"no usable trie.*Delete that folder"):
        PackedTrie.load(tmp_path)
    with pytest.raises(KnowledgeBaseError, match="no usable trie"):
        PackedTrie.from_bytes(arrays_to_bytes(tampered(change)))


@pytest.mark.parametrize("change", INSIDES)
def test_wrong_nodes_are_found_in_bytes(change):
    with pytest.raises(KnowledgeBaseError, match="no usable trie"):
        PackedTrie.from_bytes(arrays_to_bytes(tampered(change)))
