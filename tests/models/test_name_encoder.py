import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.errors import ModelError
from angel_spacy.models.name_encoder import KINDS, NameEncoder, pieces


@pytest.fixture(scope="module")
def encoder():
    rng = np.random.default_rng(0)
    return NameEncoder(
        rng.normal(size=(512, 16)).astype(np.float32), rng.normal(size=(512, len(KINDS))).astype(np.float32)
    )


def test_pieces_mark_the_edges_of_a_word():
    assert set(pieces("ab")) == {"=ab", "<a", "ab", "b>", "<ab", "ab>", "<ab>"}


def test_vectors_have_length_one_and_kinds_sum_to_one(encoder):
    vectors, kinds = encoder.encode(["gout", "acute gout", ""])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 0], abs=1e-6)
    assert np.exp(kinds).sum(1) == pytest.approx([1, 1, 1])


@given(words=st.lists(st.text("abcdefg", min_size=1, max_size=6), min_size=1, max_size=5), data=st.data())
def test_word_order_makes_no_difference(encoder, words, data):
    other = data.draw(st.permutations(words))
    one, two = encoder.encode([" ".join(words), " ".join(other)])[0]
    assert one == pytest.approx(two, abs=1e-5)


def test_a_name_is_encoded_the_same_alone_and_among_others(encoder):
    names = ["gout", "fever of unknown origin", "aspirin"]
    together = encoder.encode(names)[0]
    assert together == pytest.approx(np.concatenate([encoder.encode([name])[0] for name in names]))


def test_what_is_stored_is_nearly_what_was_there_and_exactly_so_the_second_time(encoder, tmp_path):
    encoder.to_file(tmp_path / "encoder")
    again = NameEncoder.from_file(tmp_path / "encoder")
    names = ["gout", "acetylsalicylic acid"]
    assert (again.encode(names)[0] * encoder.encode(names)[0]).sum(1) == pytest.approx([1, 1], abs=1e-3)
    assert NameEncoder.from_bytes(again.to_bytes()).encode(names)[0] == pytest.approx(again.encode(names)[0], abs=1e-3)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_damaged_files_are_said_to_be(data, tmp_path):
    (tmp_path / "encoder").write_bytes(data)
    with pytest.raises(ModelError, match="train it again"):
        NameEncoder.from_file(tmp_path / "encoder")
    with pytest.raises(ModelError, match="absent"):
        NameEncoder.from_file(tmp_path / "absent")
