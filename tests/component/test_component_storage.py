import json
import logging
import pickle
import shutil
import subprocess
import sys

import pytest
import spacy
import srsly
from linker_toys import CONCEPTS, TEXTS, TOY, links, ruler_pipeline, toy_kb, with_linker
from spacy.cli.package import package

from angel_spacy import __version__
from angel_spacy.component.settings import Calibration
from angel_spacy.errors import ConfigError, KnowledgeBaseError, ModelError
from angel_spacy.kb import Concept, KnowledgeBase
from angel_spacy.models.architecture import generator_shim
from angel_spacy.models.toy import toy_generator

PARTS = ("calibration", "model", "encoder", "kb", "trie")

FRESH = """
import json, sys, socket
socket.socket.connect = None  # offline
import spacy
nlp = spacy.load(sys.argv[1])
docs = nlp.pipe(json.loads(sys.argv[2]))
found = [[[ent.text, ent.kb_id_, [c.score for c in ent._.kb_candidates]] for ent in doc.ents] for doc in docs]
print(json.dumps(found))
"""


def pipeline(concepts=CONCEPTS, **config):
    return with_linker(ruler_pipeline(), toy_kb(concepts), spelling=False, **config)


def blank():
    nlp = ruler_pipeline()
    nlp.add_pipe("angel_linker", config={"model": TOY, "combine": None})
    return nlp.get_pipe("angel_linker")


def all_links(nlp):
    return [links(doc) for doc in nlp.pipe(TEXTS)]


@pytest.fixture(scope="module")
def nlp():
    nlp = pipeline(threshold=1e-22, beam_margin=50.0, exact_match="prefer", cache_size=7, threads=1)
    nlp.get_pipe("angel_linker").set_kb(toy_kb(), calibrated_threshold=0.125)
    return nlp


@pytest.fixture(scope="module")
def folder(nlp, tmp_path_factory):
    path = tmp_path_factory.mktemp("stored") / "pipeline"
    nlp.to_disk(path)
    return path


@pytest.fixture
def copy(folder, tmp_path):
    """The linker's folder, to be damaged."""
    return shutil.copytree(folder / "angel_linker", tmp_path / "angel_linker")


def test_a_fresh_process_offline_finds_the_same_links(nlp, folder):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FRESH, str(folder), json.dumps(TEXTS)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no report, no progress bar
    found = json.loads(done.stdout)
    for doc, stored in zip(nlp.pipe(TEXTS), found, strict=True):
        assert [(ent.text, ent.kb_id_) for ent in doc.ents] == [(text, kb_id) for text, kb_id, _ in stored]
        for ent, (*_, scores) in zip(doc.ents, stored, strict=True):
            assert [c.score for c in ent._.kb_candidates] == pytest.approx(scores, abs=1e-5)


def test_loading_reads_back_everything_and_the_stored_trie(nlp, folder, monkeypatch):
    monkeypatch.setattr("angel_spacy.candidates.index.NameIndex.build", None)  # a stored trie needs no building
    loaded = spacy.load(folder)
    linker, original = loaded.get_pipe("angel_linker"), nlp.get_pipe("angel_linker")
    assert linker.settings == original.settings
    assert linker._calibration == original._calibration == Calibration(0.125)
    assert list(linker.kb.concepts) == list(original.kb.concepts)
    assert all_links(loaded) == all_links(nlp)


def test_a_setting_can_be_changed_when_loading(folder):
    loaded = spacy.load(folder, config={"components.angel_linker.threshold": 0.5})
    assert loaded.get_pipe("angel_linker").threshold == 0.5
    assert "angel_linker" not in spacy.load(folder, exclude=["angel_linker"]).pipe_names


def test_a_pipeline_can_be_saved_where_it_was_loaded_from(folder, tmp_path):
    place = shutil.copytree(folder, tmp_path / "pipeline")
    loaded = spacy.load(place)
    before = all_links(loaded)
    loaded.to_disk(place)
    assert all_links(loaded) == all_links(spacy.load(place)) == before


def test_bytes_of_the_pipeline(nlp):
    other = ruler_pipeline()
    other.add_pipe(
        "angel_linker",
        config={
            "model": TOY,
            "combine": None,
            "threshold": 1e-22,
            "precision": "float32",
            "exact_match": "prefer",
            "beam_margin": 50.0,
        },
    )
    assert all_links(other.from_bytes(nlp.to_bytes(), exclude=["entity_ruler"])) == all_links(nlp)


def test_a_pickled_component(nlp):
    linker = pickle.loads(pickle.dumps(nlp.get_pipe("angel_linker")))
    docs = [linker(doc) for doc in nlp.pipe(TEXTS, disable=["angel_linker"])]
    assert [links(doc) for doc in docs] == all_links(nlp)
    assert linker.settings == nlp.get_pipe("angel_linker").settings
    assert linker.scorer is nlp.get_pipe("angel_linker").scorer


@pytest.mark.parametrize("part", PARTS)
def test_a_part_can_be_left_out_when_writing(nlp, tmp_path, part):
    linker = nlp.get_pipe("angel_linker")
    linker.to_disk(tmp_path / "linker", exclude=[part])
    assert {path.name for path in (tmp_path / "linker").iterdir()} == {*PARTS, "SHA256SUMS"} - {part}
    assert set(srsly.msgpack_loads(linker.to_bytes(exclude=[part]))) == set(PARTS) - {part}


@pytest.mark.parametrize("by_bytes", [False, True])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_can_be_left_out_when_reading(nlp, folder, part, by_bytes):
    stored, linker = nlp.get_pipe("angel_linker"), blank()
    generator_shim(linker.model).generator = own = toy_generator(seed=5)
    linker.set_kb(toy_kb(CONCEPTS[:1]), calibrated_threshold=0.75)
    if by_bytes:
        linker.from_bytes(stored.to_bytes(), exclude=[part])
    else:
        linker.from_disk(folder / "angel_linker", exclude=[part])
    assert (linker.generator is own) == (part == "model")
    assert len(linker.kb) == (1 if part == "kb" else 3)
    assert linker.threshold == (0.75 if part == "calibration" else 0.125)
    assert linker.generated.generator is linker.generator
    assert linker.generated.index.trie.n_leaves == linker.kb.n_names


def test_holes_of_removed_concepts_are_closed_when_saving(tmp_path):
    nlp = pipeline()
    linker = nlp.get_pipe("angel_linker")
    linker.kb.remove("D006073")
    linker.kb.add(Concept("D1", "Ua"))
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert [concept.concept_id for concept in loaded.get_pipe("angel_linker").kb.concepts] == [
        "D005334",
        "D001241",
        "D1",
    ]
    assert all_links(loaded) == all_links(nlp)
    assert links(pickle.loads(pickle.dumps(linker))(nlp.make_doc("ua"))) == []


def test_spacy_package_makes_a_pipeline_that_needs_us(folder, tmp_path):
    package(folder, tmp_path, name="angel_toy", version="1.2.3", create_meta=False, create_sdist=False)
    (made,) = tmp_path.glob("en_angel_toy*")
    meta = srsly.read_json(made / "meta.json")
    assert meta["requirements"] == [f"angel-spacy>={__version__}"]
    assert (made / "setup.py").is_file()
    assert spacy.load(made / "en_angel_toy" / "en_angel_toy-1.2.3").pipe_names == ["entity_ruler", "angel_linker"]


def test_what_else_a_pipeline_requires_is_kept():
    nlp = spacy.blank("en", meta={"requirements": ["scispacy"]})
    nlp.add_pipe("angel_linker", config={"model": TOY, "combine": None})
    nlp.add_pipe("angel_linker", name="again", config={"model": TOY})
    assert nlp.meta["requirements"] == ["scispacy", f"angel-spacy>={__version__}"]


@pytest.mark.parametrize("setting", [None, 0.25])
def test_a_threshold_set_by_hand_is_stored_until_another_setting_is_given(tmp_path, setting):
    nlp = pipeline(threshold=setting)
    linker = nlp.get_pipe("angel_linker")
    linker.threshold = 0.5
    assert linker.threshold == pickle.loads(pickle.dumps(linker)).threshold == 0.5
    nlp.to_disk(tmp_path / "pipeline")
    place = "components.angel_linker.threshold"
    assert spacy.load(tmp_path / "pipeline").get_pipe("angel_linker").threshold == 0.5
    assert spacy.load(tmp_path / "pipeline", config={place: 0.75}).get_pipe("angel_linker").threshold == 0.75


# Damage


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_of_the_model(copy, name):
    (copy / "model" / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} missing.*save_pretrained"):
        blank().from_disk(copy)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "prompt_format.json"])
@pytest.mark.parametrize("damage", [lambda data: b"garbage", lambda data: data[: len(data) // 2], lambda data: b""])
def test_a_damaged_file_of_the_model(copy, name, damage):
    path = copy / "model" / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError, match=r"Restore or retrain it\.$"):
        blank().from_disk(copy)


def test_a_damaged_part_changes_nothing(copy):
    linker = blank()
    generator = linker.generator
    linker.set_kb(toy_kb(CONCEPTS[:1]))
    (copy / "kb" / "meta.json").write_bytes(b"garbage")
    with pytest.raises(KnowledgeBaseError, match="kb build"):
        linker.from_disk(copy)
    assert linker.generator is generator
    assert len(linker.kb) == 1


@pytest.mark.parametrize("damage", ["{", '{"limit": 3}', "[]"])
def test_a_damaged_calibration(copy, damage):
    (copy / "calibration").write_text(damage)
    with pytest.raises(ModelError, match="save it again"):
        blank().from_disk(copy)


def test_a_missing_kb(copy):
    shutil.rmtree(copy / "kb")
    with pytest.raises(KnowledgeBaseError, match="No complete KB"):
        blank().from_disk(copy)


@pytest.mark.parametrize("name", ["trie.json", "tokens.npy"])
def test_a_damaged_trie(copy, name):
    (copy / "trie" / name).write_bytes(b"{")
    with pytest.raises(KnowledgeBaseError, match=r"trie is then built anew\.$"):
        blank().from_disk(copy)


@pytest.mark.parametrize("name", ["trie.json", "tokens.npy"])
def test_a_missing_file_of_the_trie(copy, name):
    (copy / "trie" / name).unlink()
    with pytest.raises(KnowledgeBaseError, match=r"Delete .*folder.*trie is then built anew\.$"):
        blank().from_disk(copy)


def test_a_calibration_that_is_missing_is_missed_aloud(copy, caplog):
    (copy / "calibration").unlink()
    with caplog.at_level(logging.WARNING):
        assert blank().from_disk(copy).threshold == 0.0
    assert "threshold is 0" in caplog.text


def test_without_its_format_a_model_is_a_published_one_and_asks_for_a_kb_of_that(copy, caplog):
    (copy / "model" / "prompt_format.json").unlink()
    shutil.rmtree(copy / "trie")
    with pytest.raises(ConfigError, match="build the knowledge base with the generator's normaliser"):
        blank().from_disk(copy)
    assert "published format" in caplog.text
    KnowledgeBase(CONCEPTS, normaliser="angel_spacy.normalise.v1").to_disk(copy / "kb")
    assert blank().from_disk(copy).threshold == 0.125


def test_a_trie_of_another_kb_is_refused_and_a_missing_one_is_built(copy):
    toy_kb(CONCEPTS[:2]).to_disk(copy / "kb")
    with pytest.raises(KnowledgeBaseError, match=r"another knowledge base or tokenizer.*Delete that folder"):
        blank().from_disk(copy)
    shutil.rmtree(copy / "trie")
    assert blank().from_disk(copy).generated.index.trie.n_leaves == toy_kb(CONCEPTS[:2]).n_names


def test_a_trie_of_a_longer_model_is_refused(copy):
    toy_generator(max_positions=64).to_folder(copy / "model")
    with pytest.raises(KnowledgeBaseError, match="another knowledge base or tokenizer"):
        blank().from_disk(copy)


@pytest.mark.parametrize("data", [b"", b"garbage", srsly.msgpack_dumps({"model": b"x"}), srsly.msgpack_dumps([1])])
def test_bytes_of_something_else(data):
    with pytest.raises(ModelError, match="Store the pipeline again"):
        blank().from_bytes(data)
