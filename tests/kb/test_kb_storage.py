import json
import os
import random
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import srsly
from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.arrays.files import save_arrays
from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Concept, KnowledgeBase, Provenance

CONCEPTS = [
    Concept("D1", "Gout", ("Gouty arthritis",), ("OMIM:138900",), ("Disease",), "Crystals in the joints."),
    Concept("D2", "Uric acid", ("gout factor",), languages=("en",)),
]


@pytest.fixture
def kb() -> KnowledgeBase:
    kb = KnowledgeBase(CONCEPTS, provenance=Provenance("jsonl/toy.jsonl", "1", "2020-01-01", "CC0", "ab" * 32))
    return kb.with_aliases([("UA", ["D1"]), ("UA", ["D2"]), ("UA", ["D2"])])


def same(one: KnowledgeBase, other: KnowledgeBase) -> bool:
    def facts(kb: KnowledgeBase) -> tuple[object, ...]:
        rows = {name: kb.rows_of(name) for name in kb.names()}
        return list(kb.concepts), rows, kb.normaliser, kb.provenance, dict(kb.seen)

    return facts(one) == facts(other)


def test_a_folder_gives_back_the_kb(kb: KnowledgeBase, tmp_path: Path) -> None:
    kb.to_disk(tmp_path / "deep" / "kb")
    loaded = KnowledgeBase.from_disk(tmp_path / "deep" / "kb")
    assert same(loaded, kb)
    assert loaded.rows_of("ua") == (1, 0)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["kb"]


def test_the_same_kb_gives_the_same_bytes(kb: KnowledgeBase, tmp_path: Path) -> None:
    kb.to_disk(tmp_path / "a")
    KnowledgeBase.from_bytes(kb.to_bytes()).to_disk(tmp_path / "b")
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / one).rglob("*.*")} for one in "ab")
    assert first == second
    assert kb.to_bytes() == KnowledgeBase.from_disk(tmp_path / "a").to_bytes()


def test_saving_again_replaces_the_kb_and_nothing_else(kb: KnowledgeBase, tmp_path: Path) -> None:
    kb.to_disk(tmp_path / "kb")
    KnowledgeBase(CONCEPTS[:1]).to_disk(tmp_path / "kb")
    assert len(KnowledgeBase.from_disk(tmp_path / "kb")) == 1
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(KnowledgeBaseError, match="a folder of its own"):
        kb.to_disk(tmp_path)
    with pytest.raises(KnowledgeBaseError, match="is a file"):
        kb.to_disk(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_failed_save_leaves_the_old_kb(kb: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kb.to_disk(tmp_path / "kb")
    rename = Path.rename

    def full_disk(self: Path, target: Path) -> Path:
        if target == tmp_path / "kb" and self.name == "kb":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full_disk)
    with pytest.raises(OSError, match="disk full"):
        KnowledgeBase(CONCEPTS[:1]).to_disk(tmp_path / "kb")
    assert same(KnowledgeBase.from_disk(tmp_path / "kb"), kb)
    assert [path.name for path in tmp_path.iterdir()] == ["kb"]


def test_an_empty_kb_can_be_kept(tmp_path: Path) -> None:
    KnowledgeBase().to_disk(tmp_path / "kb")
    assert len(KnowledgeBase.from_disk(tmp_path / "kb")) == 0


@pytest.mark.parametrize(
    ("missing", "named"), [("meta.json", "meta.json"), ("concepts/ids.npy", "ids"), ("concepts", "concepts")]
)
def test_a_missing_file_is_named(kb: KnowledgeBase, tmp_path: Path, missing: str, named: str) -> None:
    kb.to_disk(tmp_path / "kb")
    (tmp_path / "kb" / missing).rename(tmp_path / "elsewhere")
    with pytest.raises(KnowledgeBaseError, match=rf"{named}.*kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb")


DAMAGES = {
    "a byte less": lambda data: data[:-1],
    "half": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "no array": lambda data: b"garbage",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["spellings", "id_order", "seen_count"])
def test_a_truncated_file_is_refused_when_it_is_opened(
    kb: KnowledgeBase, tmp_path: Path, name: str, damage: str
) -> None:
    kb.to_disk(tmp_path / "kb")
    array = tmp_path / "kb" / "concepts" / f"{name}.npy"
    array.write_bytes(DAMAGES[damage](array.read_bytes()))
    with pytest.raises(KnowledgeBaseError, match=r"cut short.*kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb")


def test_an_altered_byte_is_found_when_asked(kb: KnowledgeBase, tmp_path: Path) -> None:
    kb.to_disk(tmp_path / "kb")
    assert same(KnowledgeBase.from_disk(tmp_path / "kb", verify=True), kb)
    array = tmp_path / "kb" / "concepts" / "spellings.npy"
    array.write_bytes(array.read_bytes().replace(b"Uric acid", b"Uric salt"))
    assert KnowledgeBase.from_disk(tmp_path / "kb")["D2"].name == "Uric salt"
    with pytest.raises(KnowledgeBaseError, match=r"spellings.npy is not the file that was written.*kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb", verify=True)


def test_the_concepts_of_another_kb_are_found_when_asked(kb: KnowledgeBase, tmp_path: Path) -> None:
    kb.to_disk(tmp_path / "kb")
    KnowledgeBase([replace(CONCEPTS[0], name="Grout"), CONCEPTS[1]]).to_disk(tmp_path / "other")
    shutil.rmtree(tmp_path / "kb" / "concepts")
    (tmp_path / "other" / "concepts").replace(tmp_path / "kb" / "concepts")
    with pytest.raises(KnowledgeBaseError, match="not the file that was written"):
        KnowledgeBase.from_disk(tmp_path / "kb", verify=True)


def rewrite(folder: Path, **changes: object) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format_version": 99}, "format 99, expected 5: update angel-spacy if it is newer.*kb build"),
        ({"format_version": 2}, "format 2, expected 5"),
        ({"format_version": None}, "format None"),
        ({"normaliser": "nobody.knows.v1"}, "nobody.knows.v1.*kb build"),
        ({"normaliser": 5}, "unreadable KB"),
        ({"types": "1_0"}, "unreadable KB"),
        ({"provenance": {"odd": 1}}, "unreadable KB"),
        ({"provenance": None}, "unreadable KB"),
        ({"n_concepts": 3}, "2 in id_order, expected 3"),
        ({"n_names": None}, "in name_spelling, expected None"),
        ({"types": []}, "unknown types"),
        ({"languages": []}, "unknown languages"),
        ({"fingerprint": "?"}, "unreadable KB"),
    ],
)
def test_a_kb_of_another_kind_is_refused(
    kb: KnowledgeBase, tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    kb.to_disk(tmp_path / "kb")
    rewrite(tmp_path / "kb", **changes)
    with pytest.raises(KnowledgeBaseError, match=f"(?s){complaint}"):
        KnowledgeBase.from_disk(tmp_path / "kb")


@pytest.mark.parametrize("meta", ["", "[]", '"text"', '{"format_version"'])
def test_a_damaged_meta_file_is_refused(kb: KnowledgeBase, tmp_path: Path, meta: str) -> None:
    kb.to_disk(tmp_path / "kb")
    (tmp_path / "kb" / "meta.json").write_text(meta)
    with pytest.raises(KnowledgeBaseError, match="kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb")


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.pop("homonym"),
        lambda arrays: arrays.update(extra=arrays["homonym"]),
        lambda arrays: arrays.update(spellings=arrays["spellings"][:-1]),
        lambda arrays: arrays.update(first_spelling=arrays["first_spelling"][1:]),
        lambda arrays: arrays.update(ids=arrays["ids"].astype(float)),
    ],
)
def test_whole_files_with_wrong_content_are_refused(kb: KnowledgeBase, tmp_path: Path, change: Any) -> None:
    kb.to_disk(tmp_path / "kb")
    arrays = dict(kb.packed().arrays)
    change(arrays)
    shutil.rmtree(tmp_path / "kb" / "concepts")
    save_arrays(tmp_path / "kb" / "concepts", arrays)
    with pytest.raises(KnowledgeBaseError, match=r"unreadable KB.*kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb")


@pytest.mark.parametrize(
    "data", [b"", b"junk", b"\xc1", srsly.msgpack_dumps([1]), srsly.msgpack_dumps({"meta": {}, "concepts": 1})]
)
def test_bytes_that_are_no_kb_are_refused(data: bytes) -> None:
    with pytest.raises(KnowledgeBaseError, match=r"to_bytes|kb build"):
        KnowledgeBase.from_bytes(data)


def test_other_normalisers_are_stored_by_name(tmp_path: Path) -> None:
    spacy_util = pytest.importorskip("spacy.util")
    spacy_util.registry.misc("test_kb.exact.v1", func=lambda: str)
    KnowledgeBase([Concept("G1", "TP-53"), Concept("G2", "tp-53")], normaliser="test_kb.exact.v1").to_disk(
        tmp_path / "k"
    )
    loaded = KnowledgeBase.from_disk(tmp_path / "k")
    assert list(loaded.names()) == ["TP-53", "tp-53"]
    assert loaded.normaliser == "test_kb.exact.v1"


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
tuples = st.lists(text, max_size=2).map(tuple)
fields = st.tuples(text, tuples, tuples, tuples, text)


@settings(max_examples=60)
@given(st.lists(fields, max_size=4), st.lists(st.tuples(text, st.lists(st.sampled_from(["C0", "C1"]))), max_size=4))
def test_bytes_give_back_any_kb(rows: list[tuple], pairs: list[tuple[str, list[str]]]) -> None:
    concepts = [
        Concept(f"C{row}", "n" + name, synonyms, alt_ids, types, definition)
        for row, (name, synonyms, alt_ids, types, definition) in enumerate(rows)
    ]
    kb = KnowledgeBase(concepts).with_aliases(pairs)
    assert same(KnowledgeBase.from_bytes(kb.to_bytes()), kb)


def test_a_flipped_bit_gives_our_error_or_none(tmp_path):
    rng = random.Random(3)
    KnowledgeBase(CONCEPTS).to_disk(tmp_path / "kb")
    paths = sorted((tmp_path / "kb" / "concepts").glob("*.npy"))
    for _ in range(150):
        path = rng.choice(paths)
        good = path.read_bytes()
        place = rng.randrange(len(good))
        path.write_bytes(good[:place] + bytes([good[place] ^ 1 << rng.randrange(8)]) + good[place + 1 :])
        with suppress(KnowledgeBaseError):
            kb = KnowledgeBase.from_disk(tmp_path / "kb")
            for name in kb.names():
                kb.rows_of(name)
            for concept in kb.concepts:
                kb.resolve(concept.concept_id)
            kb.name_rows(), kb.seen, kb.search("a")
        path.write_bytes(good)


def test_what_a_file_manager_left_does_not_hold_up_a_kb(tmp_path):
    for _ in range(2):
        KnowledgeBase(CONCEPTS).to_disk(tmp_path / "kb")
        (tmp_path / "kb" / ".DS_Store").touch()
    assert KnowledgeBase.from_disk(tmp_path / "kb", verify=True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may read everything")
@pytest.mark.parametrize("name", ["meta.json", "concepts", "concepts/alt_ids.npy"])
def test_a_kb_that_may_not_be_read_is_not_called_damaged(kb: KnowledgeBase, tmp_path: Path, name: str) -> None:
    kb.to_disk(tmp_path / "kb")
    path = tmp_path / "kb" / name
    path.chmod(0)
    try:
        with pytest.raises(KnowledgeBaseError, match=r"may not be read.*check the permissions"):
            KnowledgeBase.from_disk(tmp_path / "kb")
    finally:
        path.chmod(0o700)
