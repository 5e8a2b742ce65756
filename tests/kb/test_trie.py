import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.arrays.files import read_arrays, write_arrays
from angel_spacy.arrays.ragged import Ragged
from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.trie.trie import FIELDS, MutableTrie, PackedTrie

EOS = 2
words = st.lists(st.integers(3, 7), max_size=5).map(lambda tokens: (*tokens, EOS))
entries = st.lists(st.tuples(words, st.lists(st.integers(0, 9), max_size=3)), max_size=30)


def build(entries):
    return PackedTrie.build([sequence for sequence, _ in entries], [rows for _, rows in entries])


def language(trie):
    return {trie.sequence(leaf): trie.rows(leaf) for leaf in range(len(trie))}


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
    assert walked(trie) == list(trie.sequences()) == [trie.sequence(leaf) for leaf in range(len(trie))] == names
    found = trie.all_sequences()
    rows = np.split(found.values, found.offsets[1:-1])[: len(names)]
    assert [tuple(row.tolist()) for row in rows] == names
    assert len(trie) == trie.n_leaves == len(names)


@given(entries)
def test_rows_of_equal_names_are_merged_in_input_order(entries):
    merged = {}
    for sequence, rows in entries:
        merged[sequence] = tuple(dict.fromkeys((*merged.get(sequence, ()), *rows)))
    trie = build(entries)
    assert language(trie) == merged
    sequences = [sequence for sequence, _ in entries]
    assert [sequences.index(sequence) for sequence in trie.sequences()] == trie.source.tolist()


@given(entries)
def test_packed_equals_pygtrie(entries):
    mutable = MutableTrie()
    for sequence, rows in entries:
        mutable.add(sequence, rows)
    frozen = mutable.freeze()
    assert list(language(frozen).items()) == mutable.items()
    assert language(frozen) == language(build(entries))


@given(entries, words)
def test_prefix_queries_agree(entries, prefix):
    mutable, trie = MutableTrie(), build(entries)
    for sequence, rows in entries:
        mutable.add(sequence, rows)
    prefix = prefix[:2]
    found = [sequence for sequence, _ in mutable.items(prefix)]
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
    assert leaves == trie.leaf_nodes.tolist() == [trie.find(name) for name in map(trie.sequence, trie.leaf_of(leaves))]
    assert trie.leaf_of(np.array([trie.find(name) for name in trie.sequences()])).tolist() == [*range(len(trie))]


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_names_does_not_matter(entries, random):
    distinct = list({sequence: (sequence, rows) for sequence, rows in entries}.values())
    shuffled = random.sample(distinct, len(distinct))
    assert same(build(distinct), build(shuffled), but=["source"])


@pytest.mark.parametrize(("largest", "dtype"), [(7, np.uint16), (65_535, np.uint16), (65_536, np.int32)])
def test_tokens_take_no_more_room_than_the_vocabulary_needs(largest, dtype):
    trie = build([((EOS,), [0]), ((largest, EOS), [1]), ((largest - 1, EOS), [2])])
    assert trie.tokens.dtype == dtype
    assert list(trie.sequences()) == [(EOS,), (largest - 1, EOS), (largest, EOS)]
    assert (trie.find([largest]), trie.find([1 << 20]), trie.find([-1])) == (3, -1, -1)


@pytest.mark.parametrize(("longest", "dtype"), [(1, np.uint8), (255, np.uint8), (256, np.int16), (32_768, np.int32)])
def test_heights_take_no_more_room_than_the_longest_name_needs(longest, dtype):
    name = (*[3] * (longest - 1), EOS)
    trie = build([(name, [0])])
    assert (trie.height[0], trie.height.dtype) == (longest, dtype)
    assert trie.sequence(0) == name
    trie.verify()


@given(entries)
def test_what_is_built_is_whole(entries):
    build(entries).verify()


@given(entries)
def test_bytes_are_an_identity(entries):
    trie = build(entries)
    assert same(PackedTrie.from_bytes(trie.to_bytes()), trie)
    assert same(pickle.loads(pickle.dumps(trie)), trie)


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("entries", [[], [((5, EOS), [0])], [((5, EOS), [1, 0]), ((5, 6, EOS), []), ((EOS,), [2])]])
def test_file_is_an_identity(tmp_path, entries, mmap):
    trie = build(entries)
    trie.save(tmp_path / "trie.npz")
    loaded = PackedTrie.load(tmp_path / "trie.npz", mmap=mmap)
    assert same(loaded, trie)
    assert language(loaded) == language(trie)
    assert [path.name for path in tmp_path.iterdir()] == ["trie.npz"]


def test_mapped_arrays_are_mapped_aligned_and_leave_the_file_alone(tmp_path):
    path = tmp_path / "trie.npz"
    build([((5, EOS), [0])]).save(path)
    before = path.read_bytes()
    loaded = PackedTrie.load(path)
    for array in (getattr(loaded, field) for field in FIELDS):
        assert isinstance(array.base, np.memmap)
        assert array.base.filename == str(path)  # processes that load the file share its pages
        assert array.ctypes.data % 64 == 0
    loaded.tokens[1] = 6
    assert path.read_bytes() == before


def test_file_is_an_ordinary_npz_with_the_same_bytes_every_time(tmp_path):
    trie = build([((5, EOS), [0]), ((6, EOS), [1])])
    trie.save(tmp_path / "trie.npz")
    assert (tmp_path / "trie.npz").read_bytes() == trie.to_bytes()
    with np.load(tmp_path / "trie.npz", allow_pickle=False) as stored:
        assert stored["tokens"].tolist() == [0, 5, 6, EOS, EOS]


def test_ragged_input_is_the_same_as_lists():
    ragged = Ragged(np.array([5, EOS, EOS], np.int32), np.array([0, 2, 3]))
    assert same(PackedTrie.build(ragged, [[1], [0]]), PackedTrie.build([[5, EOS], [EOS]], [[1], [0]]))


def test_names_come_and_go():
    trie = MutableTrie()
    trie.add((5, EOS), [1])
    trie.add((5, EOS), [0, 1])
    trie.add((5, 6, EOS), [2])
    assert trie.items() == [((5, EOS), (1, 0)), ((5, 6, EOS), (2,))]
    trie.remove((5, EOS))
    assert (5, EOS) not in trie
    assert (5, 6, EOS) in trie
    with pytest.raises(KnowledgeBaseError, match="look it up"):
        trie.remove((5, EOS))


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


@pytest.mark.parametrize("mmap", [True, False])
def test_damaged_file_is_an_error_with_a_remedy(tmp_path, mmap):
    path = tmp_path / "trie.npz"
    whole = build([((token, EOS), [token]) for token in range(3, 40)]).to_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(bytes([0, 0, 3, 0, 4, 0])) + 8] ^= 1  # a token
    for data in (b"", b"no zip", whole[:-30], whole[: len(whole) // 2], bytes(flipped)):
        path.write_bytes(data)
        with pytest.raises(KnowledgeBaseError, match="Delete the folder that it is in"):
            PackedTrie.load(path, mmap=mmap)
        with pytest.raises(KnowledgeBaseError, match="Store the pipeline again"):
            PackedTrie.from_bytes(data)
    with pytest.raises(KnowledgeBaseError, match="Delete"):
        PackedTrie.load(tmp_path / "missing.npz", mmap=mmap)


ENTRIES = [((5, EOS), [0]), ((6, EOS), [1])]
OUTLINES = [
    {"version": [1]},
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
    {"source": [0]},
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
    {"source": [0, -1]},
]


def tampered(change):
    """The bytes of a small trie with arrays changed; the checksums are right."""
    arrays = read_arrays(io.BytesIO(build(ENTRIES).to_bytes()))
    for name, values in change.items():
        changed = np.array(values)
        whole = np.uint8 if name == "height" else np.int32  # a type that the field may have
        arrays[name] = changed.astype(whole) if changed.dtype.kind == "i" else changed
    file = io.BytesIO()
    write_arrays(file, arrays)
    return file.getvalue()


@pytest.mark.parametrize("change", OUTLINES)
def test_arrays_of_no_trie_are_refused_when_opened(tmp_path, change):
    path = tmp_path / "trie.npz"
    path.write_bytes(tampered(change))
    with pytest.raises(KnowledgeBaseError, match=r"no usable trie.*Delete the folder"):
        PackedTrie.load(path)
    with pytest.raises(KnowledgeBaseError, match="no usable trie"):
        PackedTrie.from_bytes(path.read_bytes())


@pytest.mark.parametrize("change", INSIDES)
def test_wrong_nodes_are_found_in_bytes_and_by_verify(tmp_path, change):
    path = tmp_path / "trie.npz"
    path.write_bytes(tampered(change))
    with pytest.raises(KnowledgeBaseError, match="no usable trie"):
        PackedTrie.from_bytes(path.read_bytes())
    with pytest.raises(KnowledgeBaseError, match=r"no usable trie.*Build it anew"):
        PackedTrie.load(path).verify()


def test_compressed_file_cannot_be_mapped(tmp_path):
    arrays = read_arrays(io.BytesIO(build([((5, EOS), [0])]).to_bytes()))
    np.savez_compressed(tmp_path / "trie.npz", **arrays)
    assert zipfile.is_zipfile(tmp_path / "trie.npz")
    with pytest.raises(KnowledgeBaseError, match="is compressed"):
        PackedTrie.load(tmp_path / "trie.npz")
