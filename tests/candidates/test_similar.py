import numpy as np
import pytest

from angel_spacy.candidates import similar as similar_names
from angel_spacy.candidates.similar import SimilarNames
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.name_encoder import KINDS, NameEncoder


def encoder(width=16):
    rng = np.random.default_rng(0)
    return NameEncoder(
        rng.normal(size=(1024, width)).astype(np.float32), rng.normal(size=(1024, len(KINDS))).astype(np.float32)
    )


def large_kb(n=500):
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("abcdefghij"), 5)) for _ in range(200)]
    return KnowledgeBase(
        Concept(f"T:{i}", " ".join(rng.choice(words, 3)), (" ".join(rng.choice(words, 2)),)) for i in range(n)
    )


@pytest.mark.parametrize("k", [1, 7, 100, 5000])
def test_the_nearest_names_are_those_of_a_full_comparison(k):
    kb = large_kb()
    similar = SimilarNames(kb, encoder())
    queries = [*list(kb.names())[:70], "something else"]
    vectors, asked = similar.vectors(), similar.encoder.encode(queries)[0]
    for query, near in zip(asked, similar.nearest(queries, k), strict=True):
        cosines = vectors @ query
        assert near.cosines == pytest.approx(np.sort(cosines)[::-1][: len(near.cosines)], abs=1e-5)
        assert len(near.numbers) == min(k, kb.n_names)
        assert cosines[near.numbers] == pytest.approx(near.cosines, abs=1e-5)


def test_a_name_of_the_kb_is_its_own_nearest():
    kb = large_kb()
    names = kb.names()
    for name, near in zip(names, SimilarNames(kb, encoder()).nearest(list(names), 1), strict=True):
        assert near.cosines[0] == pytest.approx(1, abs=1e-5)
        assert sorted(names[near.numbers[0]].split()) == sorted(name.split())


def test_changes_of_the_kb_are_followed_as_if_it_were_read_anew():
    kb = large_kb(40)
    similar = SimilarNames(kb, encoder())
    kb.add(Concept("T:new", "entirely new", ("brand new",)))
    kb.remove("T:3")
    kb.add_name("T:5", "another name")
    kb.remove_name("T:7", kb["T:7"].names[1])
    fresh = SimilarNames(kb, similar.encoder)
    assert similar.nearest(["brand new"], 1)[0].numbers.tolist() == fresh.nearest(["brand new"], 1)[0].numbers.tolist()
    assert similar.vectors() == pytest.approx(fresh.vectors())
    assert similar.kinds() == pytest.approx(fresh.kinds())


def test_a_kb_without_names_has_no_neighbours():
    (near,) = SimilarNames(KnowledgeBase(), encoder()).nearest(["gout"], 3)
    assert not len(near.numbers)


@pytest.mark.parametrize("n_more", [3, 1500])
def test_slots_are_used_again_and_grow(n_more):
    kb = large_kb(60)
    similar = SimilarNames(kb, encoder())
    similar.nearest(["brand new"], 3)
    for i in range(n_more):
        kb.add(Concept(f"N:{i}", f"fresh name {i}", (f"a further {i} word",)))
    for i in range(0, 60, 2):
        kb.remove(f"T:{i}")
    similar.nearest(["brand new"], 3)  # follows once, then again
    kb.add_name("T:1", "one more")
    fresh = SimilarNames(kb, similar.encoder)
    queries = ["fresh name 1", "one more", "abcde fghij", "a further 2 word"]
    for mine, yours in zip(similar.nearest(queries, 7), fresh.nearest(queries, 7), strict=True):
        assert mine.cosines == pytest.approx(yours.cosines, abs=1e-5)
        assert set(mine.numbers[:1].tolist()) == set(yours.numbers[:1].tolist())
    assert similar.vectors() == pytest.approx(fresh.vectors())
    known = [row for row in range(kb.n_rows) if kb.id_and_types(row)]
    assert similar.kinds()[known] == pytest.approx(fresh.kinds()[known], abs=1e-5)


@pytest.mark.parametrize("many", [30_000, 100])  # compared as they are; in fewer directions at first
def test_stored_vectors_find_what_fresh_ones_find_and_follow_the_kb(tmp_path, monkeypatch, many):
    monkeypatch.setattr(similar_names, "_MANY", many)
    kb, maker = large_kb(), encoder(160)
    made = SimilarNames(kb, maker)
    made.to_disk(tmp_path / "vectors")
    before = {path.name: path.read_bytes() for path in (tmp_path / "vectors").iterdir()}
    read = SimilarNames(kb, maker, tmp_path / "vectors")
    asked = ["abc", "brand new"]
    for change in (lambda: None, lambda: kb.add(Concept("T:new", "entirely new", ("brand new",)))):
        change()
        for ours, theirs in zip(read.nearest(asked, 5), made.nearest(asked, 5), strict=True):
            assert (ours.numbers == theirs.numbers).all()
            assert (ours.cosines == theirs.cosines).all()
        assert (read.kinds() == made.kinds()).all()
    assert {path.name: path.read_bytes() for path in (tmp_path / "vectors").iterdir()} == before


def test_vectors_of_other_names_are_not_taken(tmp_path):
    SimilarNames(large_kb(2000), encoder()).to_disk(tmp_path / "vectors")
    with pytest.raises(ValueError, match="other names"):
        SimilarNames(large_kb(10), encoder(), tmp_path / "vectors")
