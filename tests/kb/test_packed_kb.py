"""The packed form of a KB, and the changes over it."""

import pickle
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.kb.normalise import normalise_v1, normalise_v2

spellings = st.text("abA é-", max_size=3)
concept_lists = st.lists(
    st.tuples(
        st.lists(spellings, min_size=1, max_size=4), st.lists(st.sampled_from(["P", "mesh:Q", "C0"]), max_size=2)
    ),
    max_size=6,
).map(
    lambda rows: [
        Concept(f"C{row}", names[0], (*names[1:], "n" + names[0]), alt_ids, ("T",) * (row % 2), "d" * (row % 3))
        for row, (names, alt_ids) in enumerate(rows)
    ]
)
counts = st.dictionaries(st.tuples(spellings, st.sampled_from(["C0", "C1", "C2", "C9"])), st.integers(1, 3), max_size=4)
steps = st.lists(st.tuples(st.sampled_from("acnrx"), st.integers(0, 6), spellings), max_size=8)


def by_hand(kb: KnowledgeBase, concepts: list[Concept]) -> dict[str, list[str]]:
    """Normalised name -> ids of its concepts in the stated order, from dictionaries."""
    owners: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for row, concept in enumerate(concepts):
        for name in filter(None, map(normalise_v2, concept.names)):
            owners[name][row] = None

    def rank(name: str, row: int) -> tuple[bool, int, int]:
        concept = concepts[row]
        return normalise_v2(concept.name) != name, -kb.seen.get((name, concept.concept_id), 0), row

    return {
        name: [concepts[row].concept_id for row in sorted(rows, key=lambda row: rank(name, row))]
        for name, rows in sorted(owners.items())
    }


def ids(kb: KnowledgeBase, rows: Sequence[int]) -> list[str]:
    return [kb.concept(row).concept_id for row in rows]


def check_lookups(kb: KnowledgeBase) -> None:
    """Every way to look into `kb` agrees with dictionaries made from its concepts."""
    concepts = list(kb.concepts)
    expected = by_hand(kb, concepts)
    assert {name: ids(kb, kb.rows_of(name)) for name in kb.names()} == expected
    assert list(kb.names()) == list(expected)
    assert (len(kb), kb.n_names, len(kb.names())) == (len(concepts), len(expected), len(expected))
    values, offsets = kb.name_rows()
    assert [ids(kb, values[a:b]) for a, b in pairwise(offsets)] == list(expected.values())
    assert [(name, ids(kb, rows)) for name, rows in kb.search("a", 3)] == [
        item for item in expected.items() if item[0].startswith("a")
    ][:3]
    for text in ("P", "Q", "MESH:q", "c0", *(f"C{i}" for i in range(9))):
        primary = [concept for concept in concepts if kb.fold_id(concept.concept_id) == kb.fold_id(text)]
        others = [concept for concept in concepts if kb.fold_id(text) in map(kb.fold_id, concept.alt_ids)]
        row = kb.resolve(text)
        assert row is None or kb.concept(row) in primary[:1] or (not primary and kb.concept(row) in others)
        assert (row is None) == (not primary and not others)


def change(kb: KnowledgeBase, step: tuple[str, int, str]) -> None:
    kind, number, text = step
    try:
        if kind == "a":
            kb.add(Concept(f"C{number}", text, ("new",), ("P",)))
        elif kind == "c":
            kb.remove(f"C{number}")
        elif kind == "r":
            kb.remove_name(f"C{number}", text)
        else:
            kb.add_name(f"C{number}", text)
    except KnowledgeBaseError:
        pass  # an impossible change, which changes nothing


@settings(max_examples=60)
@given(concept_lists, counts, steps)
def test_a_changed_kb_is_one_built_anew(concepts: list[Concept], seen: dict, changes: list) -> None:
    kb = KnowledgeBase(concepts, seen=seen)
    check_lookups(kb)
    for step in changes:
        change(kb, step)
        check_lookups(kb)
    anew = KnowledgeBase(kb.concepts, seen=kb.seen)
    stored = KnowledgeBase.from_bytes(kb.to_bytes())
    for other in (anew, stored, pickle.loads(pickle.dumps(kb))):
        assert list(other.concepts) == list(kb.concepts)
        assert [ids(other, other.rows_of(name)) for name in kb.names()] == [ids(kb, kb.rows_of(n)) for n in kb.names()]
        assert list(other.names()) == list(kb.names())
    assert stored.to_bytes() == anew.to_bytes() == kb.to_bytes()
    check_lookups(stored)


def meaning(kb: KnowledgeBase) -> object:
    return kb.normaliser, [(name, kb.rows_of(name)) for name in kb.names()]


@given(concept_lists, concept_lists, counts, steps)
def test_fingerprints_are_the_same_where_names_and_rows_are(
    some: list[Concept], others: list[Concept], seen: dict, changes: list
) -> None:
    kb, other = KnowledgeBase(some, seen=seen), KnowledgeBase(others)
    for step in changes:
        change(kb, step)
    stored = KnowledgeBase.from_bytes(kb.to_bytes())
    for one, two in ((kb, other), (kb, stored), (stored, other), (kb, KnowledgeBase(some))):
        assert (one.fingerprint == two.fingerprint) == (meaning(one) == meaning(two))


def test_a_fingerprint_outlives_saving_and_comes_back_with_the_names(tmp_path: Path) -> None:
    kb = KnowledgeBase([Concept("D1", "gout"), Concept("D2", "fever")])
    first = kb.fingerprint
    kb.to_disk(tmp_path / "kb")
    opened = KnowledgeBase.from_disk(tmp_path / "kb")
    assert opened.fingerprint == first
    opened.add_name("D1", "podagra")
    assert opened.fingerprint != first
    opened.to_disk(tmp_path / "kb")
    assert KnowledgeBase.from_disk(tmp_path / "kb").fingerprint == opened.fingerprint
    opened.remove_name("D1", "podagra")
    assert opened.fingerprint == first
    assert KnowledgeBase(kb.concepts, normaliser=counting_normaliser()[0]).fingerprint != first


def counting_normaliser() -> tuple[str, list[str]]:
    spacy_util = pytest.importorskip("spacy.util")
    calls: list[str] = []

    def normalise(text: str) -> str:
        calls.append(text)
        return normalise_v2(text)

    spacy_util.registry.misc("test_packed.counting.v1", func=lambda: normalise)
    return "test_packed.counting.v1", calls


def test_an_opened_kb_reads_only_what_is_asked_for(tmp_path: Path) -> None:
    normaliser, calls = counting_normaliser()
    concepts = [Concept(f"D{i}", f"name {i}") for i in range(5000)]
    KnowledgeBase(concepts, normaliser=normaliser).to_disk(tmp_path / "kb")
    calls.clear()
    kb = KnowledgeBase.from_disk(tmp_path / "kb")
    names = kb.names()
    assert (len(kb), kb.n_names, len(names), len(kb.fingerprint), calls) == (5000, 5000, 5000, 32, [])
    assert (names[0], names[-1]) == ("name 0", "name 999")
    assert kb.concept(4321) == concepts[4321]
    assert kb.rows_of("Name 77") == (77,)
    assert len(calls) < 30


def test_names_are_a_sequence_of_their_moment() -> None:
    kb = KnowledgeBase([Concept("D1", "gout", ("podagra", "UA"))])
    before = kb.names()
    kb.add_name("D1", "hyperuricaemia")
    kb.remove_name("D1", "podagra")
    assert list(before) == before[:] == ["gout", "podagra", "ua"]
    names = kb.names()
    assert list(names) == names[:] == ["gout", "hyperuricaemia", "ua"]
    assert names[::-2] == ["ua", "gout"]
    assert ("hyperuricaemia" in names, "podagra" in names, "zzz" in names, 1 in names) == (True, False, False, False)
    with pytest.raises(IndexError):
        names[3]


def test_an_opened_kb_is_memory_mapped_and_can_be_changed_and_replaced(tmp_path: Path) -> None:
    KnowledgeBase([Concept("D1", "gout"), Concept("D2", "fever")]).to_disk(tmp_path / "kb")
    kb, twin = KnowledgeBase.from_disk(tmp_path / "kb"), KnowledgeBase.from_disk(tmp_path / "kb")
    assert isinstance(kb.packed().arrays["spellings"].base, np.memmap)
    kb.remove("D1")
    kb.to_disk(tmp_path / "kb")
    assert list(KnowledgeBase.from_disk(tmp_path / "kb").concepts) == [kb["D2"]]
    assert [concept.concept_id for concept in twin.concepts] == ["D1", "D2"]


@given(st.text(st.sampled_from("aZé \t\x1c\x1f\x0b\x85.{Σİ") | st.characters(max_codepoint=127), max_size=8))
def test_the_short_cut_for_ascii_normalises_alike(text: str) -> None:
    punctuation = ",.;{}[]()+-_*/?!`\"'=%><"
    spaced = "".join(" " if char in punctuation else char for char in text.lower())
    assert normalise_v1(text) == " ".join(spaced.split())
