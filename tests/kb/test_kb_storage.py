import gzip
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import srsly
from hypothesis import given, settings
from hypothesis import strategies as st

from angel_spacy.arrays.files import save_arrays
from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Concept, KnowledgeBase, Provenance, storage

CONCEPTS = [
    Concept("D1", "Gout", ("Gouty arthritis",), ("OMIM:138900",), ("Disease",), "Crystals in the joints."),
    Concept("D2", "Uric acid", ("gout factor",)),
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
    for name in ("meta.json", "concepts.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


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


@pytest.mark.parametrize("missing", ["meta.json", "concepts.npz"])
def test_a_missing_file_is_named(kb: KnowledgeBase, tmp_path: Path, missing: str) -> None:
    kb.to_disk(tmp_path / "kb")
    (tmp_path / "kb" / missing).unlink()
    with pytest.raises(KnowledgeBaseError, match=rf"{missing}.*kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb")


DAMAGES = {
    "truncated": lambda data: data[:-9],
    "half": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "no archive": lambda data: b"garbage",
    "altered name": lambda data: data.replace(b"Uric acid", b"Uric salt"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_truncated_or_changed_file_is_refused(kb: KnowledgeBase, tmp_path: Path, damage: str) -> None:
    kb.to_disk(tmp_path / "kb")
    concepts = tmp_path / "kb" / "concepts.npz"
    damaged = DAMAGES[damage](concepts.read_bytes())
    assert damaged != concepts.read_bytes()
    concepts.write_bytes(damaged)
    with pytest.raises(KnowledgeBaseError, match=r"cut short.*kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb")


def test_the_concepts_of_another_kb_are_refused(kb: KnowledgeBase, tmp_path: Path) -> None:
    kb.to_disk(tmp_path / "kb")
    KnowledgeBase([replace(CONCEPTS[0], name="Grout"), CONCEPTS[1]]).to_disk(tmp_path / "other")
    (tmp_path / "other" / "concepts.npz").replace(tmp_path / "kb" / "concepts.npz")
    with pytest.raises(KnowledgeBaseError, match="not the file that was written"):
        KnowledgeBase.from_disk(tmp_path / "kb")


def rewrite(folder: Path, **changes: object) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format_version": 99}, "format 99, expected 1 or 2; update angel-spacy"),
        ({"format_version": None}, "format None"),
        ({"normaliser": "nobody.knows.v1"}, "nobody.knows.v1.*kb build"),
        ({"normaliser": 5}, "unreadable KB"),
        ({"types": "1_0"}, "unreadable KB"),
        ({"provenance": {"odd": 1}}, "unreadable KB"),
        ({"provenance": None}, "unreadable KB"),
        ({"n_concepts": 3}, "2 in id_order, expected 3"),
        ({"n_names": None}, "in name_spelling, expected None"),
        ({"types": []}, "unknown types"),
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
    file = tmp_path / "kb" / "concepts.npz"
    arrays = dict(np.load(file, allow_pickle=False))
    change(arrays)
    save_arrays(file, arrays)
    with file.open("rb") as stream:
        rewrite(tmp_path / "kb", checksum=storage._checksum(stream))
    with pytest.raises(KnowledgeBaseError, match=r"unreadable KB.*kb build"):
        KnowledgeBase.from_disk(tmp_path / "kb")


def write_version_1(folder: Path, content: bytes, **changes: object) -> Path:
    folder.mkdir()
    (folder / "concepts.jsonl.gz").write_bytes(content)
    meta = {
        "format_version": 1,
        "n_concepts": 2,
        "normaliser": "angel_spacy.normalise.v1",
        "provenance": {"source": "old"},
        "sha256": sha256(content).hexdigest(),
    }
    (folder / "meta.json").write_text(json.dumps(meta | changes))
    return folder


VERSION_1 = gzip.compress(
    b'{"id": "D1", "names": ["Gout", "UA"], "alt_ids": ["OMIM:138900"], "types": ["Disease"], "definition": "d"}\n'
    b'{"id": "D2", "names": ["Uric acid", "ua"], "seen": {"ua": 2}}\n'
)


def test_a_folder_of_version_1_is_read_and_saved_anew(tmp_path: Path) -> None:
    folder = write_version_1(tmp_path / "kb", VERSION_1)
    kb = KnowledgeBase.from_disk(folder)
    assert list(kb.concepts) == [
        Concept("D1", "Gout", ("UA",), ("OMIM:138900",), ("Disease",), "d"),
        Concept("D2", "Uric acid", ("ua",)),
    ]
    assert kb.rows_of("ua") == (1, 0)
    assert (dict(kb.seen), kb.provenance.source) == ({("ua", "D2"): 2}, "old")
    kb.to_disk(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["concepts.npz", "meta.json"]
    assert same(KnowledgeBase.from_disk(folder), kb)


def test_bytes_of_version_1_are_read(tmp_path: Path) -> None:
    folder = write_version_1(tmp_path / "kb", VERSION_1)
    meta = json.loads((folder / "meta.json").read_text())
    data = srsly.msgpack_dumps({"meta": meta, "concepts": VERSION_1})
    assert same(KnowledgeBase.from_bytes(data), KnowledgeBase.from_disk(folder))


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(b"[1]\n"), gzip.compress(b'{"id": "D1"}\n'), b""])
def test_a_damaged_folder_of_version_1_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(KnowledgeBaseError, match=r"unreadable KB.*kb build"):
        KnowledgeBase.from_disk(write_version_1(tmp_path / "kb", content))
    with pytest.raises(KnowledgeBaseError, match=r"cut short.*kb build"):
        KnowledgeBase.from_disk(write_version_1(tmp_path / "cut", content, sha256="0"))


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
    assert same(storage.from_bytes(storage.to_bytes(kb)), kb)
