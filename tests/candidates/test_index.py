import logging
from contextlib import suppress

import numpy as np
import pytest
import srsly
from hypothesis import given
from hypothesis import strategies as st

from angel_spacy.arrays.checksums import changed_files
from angel_spacy.candidates.generated import Generated
from angel_spacy.candidates.index import NameIndex, fingerprint
from angel_spacy.candidates.settings import Search
from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.toy import toy_generator
from angel_spacy.trie.trie import FIELDS, FORMAT_VERSION

GENERATOR = toy_generator()
PROMPTER = GENERATOR.prompter
KB = KnowledgeBase([Concept("D1", "Gout", ("podagra", "x" * 100)), Concept("D2", "Fever", ("gouty", "gout"))])


def names_and_rows(index):
    return [(index.name(leaf), index.trie.rows(leaf)) for leaf in range(len(index.trie))]


@given(st.lists(st.lists(st.text("abé -🙂", min_size=1, max_size=6), min_size=1, max_size=3), max_size=6))
def test_every_name_is_a_leaf_with_the_rows_of_its_concepts(concepts):
    usable = [names for names in concepts if any(map(KB.normalise, names))]
    kb = KnowledgeBase([Concept(f"D{i}", names[0], tuple(names[1:])) for i, names in enumerate(usable)])
    index = NameIndex.build(kb, PROMPTER)
    assert sorted(names_and_rows(index)) == [(name, kb.rows_of(name)) for name in kb.names()]


def test_names_that_are_too_long_are_left_out_with_a_warning(caplog):
    with caplog.at_level(logging.WARNING):
        index = NameIndex.build(KB, PROMPTER)
    assert [name for name, _ in names_and_rows(index)] == ["fever", "gout", "gouty", "podagra"]
    assert "1 of 5 names" in caplog.text


def test_read_back_from_disk_and_bytes(tmp_path):
    index = NameIndex.build(KB, PROMPTER)
    index.to_disk(tmp_path)
    for copy in (
        NameIndex.from_disk(tmp_path, KB, PROMPTER),
        NameIndex.from_bytes(index.to_bytes(), KB, PROMPTER),
    ):
        assert names_and_rows(copy) == names_and_rows(index)
        assert copy.fingerprint == index.fingerprint


@pytest.mark.parametrize("by_bytes", [False, True])
@pytest.mark.parametrize(
    ("kb", "prompter"),
    [
        (KnowledgeBase([Concept("D1", "Gout")]), PROMPTER),
        (KnowledgeBase(reversed(list(KB.concepts))), PROMPTER),  # the same names, other rows
        (KB, toy_generator(max_positions=256).prompter),
    ],
)
def test_a_trie_of_something_else_is_refused(tmp_path, kb, prompter, by_bytes):
    index = NameIndex.build(KB, PROMPTER)
    index.to_disk(tmp_path)
    with pytest.raises(KnowledgeBaseError, match="another knowledge base or tokenizer"):
        NameIndex.from_bytes(index.to_bytes(), kb, prompter) if by_bytes else NameIndex.from_disk(
            tmp_path, kb, prompter
        )


def test_another_tokenizer_is_another_fingerprint():
    other = toy_generator()
    other.tokenizer.add_tokens([" gout"])
    assert fingerprint(KB, other.prompter) != fingerprint(KB, PROMPTER)


def test_a_kept_trie_still_leaves_out_names_that_are_too_long(tmp_path):
    NameIndex.build(KB, PROMPTER).to_disk(tmp_path)
    kept = NameIndex.from_disk(tmp_path, KB, PROMPTER)
    assert [name for name, _ in names_and_rows(kept)] == ["fever", "gout", "gouty", "podagra"]


def test_only_new_names_are_warned_of(caplog):
    kb = KnowledgeBase(KB.concepts)
    index = NameIndex.build(kb, PROMPTER)
    caplog.clear()
    kb.add_name("D1", "Arthritis urica")
    again = index.updated(kb, PROMPTER, 0)
    assert "longer than" not in caplog.text
    kb.add_name("D1", "y" * 100)
    again.updated(kb, PROMPTER, 1)
    assert "1 of 1 names" in caplog.text


def test_an_opened_trie_is_mapped(tmp_path):
    NameIndex.build(KB, PROMPTER).to_disk(tmp_path)
    opened = [NameIndex.from_disk(tmp_path, KB, PROMPTER) for _ in range(2)]
    for index in opened:  # both share the pages of one file
        assert index.trie.first_child.base.filename == tmp_path / "first_child.npy"


@pytest.mark.parametrize("version", [None, 2, FORMAT_VERSION + 1])
def test_a_trie_of_another_format_is_refused(tmp_path, version):
    index = NameIndex.build(KB, PROMPTER)
    index.to_disk(tmp_path / "trie")
    srsly.write_json(tmp_path / "trie" / "trie.json", {"fingerprint": index.fingerprint, "format_version": version})
    with pytest.raises(KnowledgeBaseError, match=r"format version .*Delete"):
        NameIndex.from_disk(tmp_path / "trie", KB, PROMPTER)
    content = srsly.msgpack_loads(index.to_bytes()) | {"format_version": version}
    with pytest.raises(KnowledgeBaseError, match=r"format version .*built anew"):
        NameIndex.from_bytes(srsly.msgpack_dumps(content), KB, PROMPTER)


def test_a_stored_trie_replaces_the_one_before_and_knows_its_checksums(tmp_path):
    for kb in (KnowledgeBase([Concept("D1", "Gout")]), KB):
        NameIndex.build(kb, PROMPTER).to_disk(tmp_path / "trie")
    assert [path.name for path in tmp_path.iterdir()] == ["trie"]
    assert names_and_rows(NameIndex.from_disk(tmp_path / "trie", KB, PROMPTER))
    assert changed_files(tmp_path / "trie") == []


@pytest.mark.parametrize(
    "data", [b"", b"\x01", srsly.msgpack_dumps({"trie": b"x", "fingerprint": "x", "format_version": FORMAT_VERSION})]
)
def test_bytes_of_something_else(data):
    with pytest.raises(KnowledgeBaseError, match=r"built anew|Store the pipeline again"):
        NameIndex.from_bytes(data, KB, PROMPTER)


def test_the_index_follows_the_kb():
    kb = KnowledgeBase([Concept("D1", "Gout")])
    linker = Generated(GENERATOR, kb)
    before = linker.index
    assert linker.index is before
    kb.add_name("D1", "Podagra")
    assert [name for name, _ in names_and_rows(linker.index)] == ["gout", "podagra"]


def forgetful(names):
    """Tokens of which names with the same first letter have the same."""
    return [[*map(ord, name[:1]), GENERATOR.special.eos] for name in names]


@pytest.mark.parametrize("change", ["add_name", "remove_name"])
def test_names_of_equal_tokens_share_a_leaf_also_after_a_change(monkeypatch, change):
    monkeypatch.setattr(PROMPTER, "names", forgetful)
    kb = KnowledgeBase([Concept("D1", "Gout", ("guts", "fever")), Concept("D2", "Gum"), Concept("D3", "Ham")])
    index = NameIndex.build(kb, PROMPTER)
    assert names_and_rows(index) == [("fever", (0,)), ("gout", (0, 1)), ("ham", (2,))]
    getattr(kb, change)("D1", "Fog" if change == "add_name" else "Gout")
    updated, built = index.updated(kb, PROMPTER, 0), NameIndex.build(kb, PROMPTER)
    assert names_and_rows(updated) == names_and_rows(built)


_NAMES = st.sampled_from(["gout", "gouty", "a", "ab", "fever", "x" * 100, "y" * 100])
_CHANGES = st.lists(st.tuples(st.sampled_from(["add_name", "remove_name", "remove", "add"]), st.integers(0, 4), _NAMES))


@given(st.lists(_NAMES, max_size=5), _CHANGES)
def test_an_updated_index_is_the_one_built_anew(names, changes):
    kb = KnowledgeBase([Concept(f"D{i}", name) for i, name in enumerate(names)])
    index = NameIndex.build(kb, PROMPTER)
    for change, i, name in changes:
        with suppress(KnowledgeBaseError):  # no such concept or name: nothing changes
            apply = getattr(kb, change)
            apply(Concept(f"D{i}", name)) if change == "add" else apply(*[f"D{i}", name][: 1 + (change != "remove")])
    updated, built = index.updated(kb, PROMPTER, 0), NameIndex.build(kb, PROMPTER)
    assert (list(updated.names), updated.fingerprint) == (list(built.names), built.fingerprint)
    assert all(np.array_equal(getattr(updated.trie, field), getattr(built.trie, field)) for field in FIELDS)
    assert updated.trie.tokens.dtype == built.trie.tokens.dtype


def test_only_what_is_new_is_tokenised(monkeypatch):
    kb = KnowledgeBase([Concept("D1", "Gout"), Concept("D2", "Fever")])
    linker, asked = Generated(GENERATOR, kb), []
    _ = linker.index
    kb.add_name("D1", "Podagra")
    monkeypatch.setattr("angel_spacy.candidates.index.fingerprint", lambda *_: "")  # reads a sample of all names
    monkeypatch.setattr(PROMPTER, "names", lambda names: asked.extend(names) or type(PROMPTER).names(PROMPTER, names))
    assert [name for name, _ in names_and_rows(linker.index)] == ["fever", "gout", "podagra"]
    assert asked == ["podagra"]


def test_prompts_of_any_length_keep_their_order():
    linker = Generated(GENERATOR, KnowledgeBase(KB.concepts))
    texts = ["gout", "x " * 40 + "gout", "a gout", "podagra " * 9, "b gout c"]
    prompts = PROMPTER.prompts([(text, 0, len(text)) for text in texts])
    search = Search(beam_width=4, batch_size=3, precision="float32", cache_size=0)
    together = linker.candidates(prompts, search, n_candidates=5)
    for prompt, found in zip(prompts, together, strict=True):
        (alone,) = linker.candidates([prompt], search, n_candidates=5)
        assert [c.concept_id for c in found] == [c.concept_id for c in alone]
        assert [c.score for c in found] == pytest.approx([c.score for c in alone], abs=1e-5)
