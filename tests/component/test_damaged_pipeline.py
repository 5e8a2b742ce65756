"""A bit that is another one, anywhere in a pipeline folder: refused, with the name of the file."""

import shutil
from pathlib import Path

import pytest
from tiny import tiny_pipeline

from angel_spacy.arrays.checksums import CHECKSUMS
from angel_spacy.errors import AngelError, ModelError
from angel_spacy.models.toy import toy_generator
from angel_spacy.pipelines import kept_checksums, load_pipeline, store_pipeline


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored") / "pipeline"
    store_pipeline(tiny_pipeline(), folder)
    return folder


@pytest.fixture
def folder(stored, tmp_path):
    return Path(shutil.copytree(stored, tmp_path / "pipeline"))


def files_in(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def turn_a_bit(path):
    data = bytearray(path.read_bytes() or b"\0")
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def said_of(load, path):
    """What is said when the file is damaged; the file is as before then."""
    before = path.read_bytes()
    turn_a_bit(path)
    try:
        load()
    except AngelError as error:
        return str(error)
    finally:
        path.write_bytes(before)
    return "loaded"


def test_every_file_of_a_folder_that_we_wrote(folder):
    said = {name: said_of(lambda: load_pipeline(folder), folder / name) for name in files_in(folder)}
    said = {name: words for name, words in said.items() if name.name != CHECKSUMS}  # lists themselves do no harm
    assert len(said) > 30
    assert {str(name) for name, words in said.items() if str(folder / name) not in words} == set()


def test_every_file_of_the_linker_in_any_pipeline(tmp_path):
    folder = tmp_path / "pipeline"
    nlp = tiny_pipeline()
    nlp.to_disk(folder)
    linker = nlp.get_pipe("angel_linker")
    names = [name for name in files_in(folder) if name.parts[0] == "angel_linker" and name.name != CHECKSUMS]
    said = {str(name): said_of(lambda: linker.from_disk(folder / "angel_linker"), folder / name) for name in names}
    assert len(said) > 20
    assert [name for name, words in said.items() if Path(name).name not in words] == []


@pytest.mark.parametrize("name", ["config.cfg", "meta.json", "tokenizer", "vocab/strings.json", "vocab/lookups.bin"])
def test_a_file_of_spacy_that_nothing_can_read(tmp_path, name):
    tiny_pipeline().to_disk(tmp_path)
    (tmp_path / name).write_bytes(b"\xc1{[")
    with pytest.raises(ModelError, match=f"{name} cannot be read .*Restore it"):
        load_pipeline(tmp_path)


def test_what_was_added_to_the_folder_does_no_harm(folder):
    (folder / "README.md").write_text("mine")
    (folder / "angel_linker" / ".DS_Store").write_text("a desktop's")
    assert "angel_linker" in load_pipeline(folder).pipe_names


def test_a_pipeline_that_is_stored_again_in_its_place_is_a_new_one(folder):
    nlp = load_pipeline(folder)
    nlp.get_pipe("angel_linker").threshold = 0.25
    nlp.meta["version"] = "1.2.3"
    nlp.to_disk(folder)
    again = load_pipeline(folder)
    assert again.meta["version"] == "1.2.3"
    assert again.get_pipe("angel_linker").threshold == 0.25


def test_a_part_of_the_linker_that_is_stored_again_too(folder):
    linker = load_pipeline(folder).get_pipe("angel_linker")
    linker.threshold = 0.25
    linker.to_disk(folder / "angel_linker", exclude=["model", "encoder", "kb", "trie"])
    assert load_pipeline(folder).get_pipe("angel_linker").threshold == 0.25


def test_the_list_is_a_new_one_where_a_command_changes_a_part(folder):
    linker = load_pipeline(folder).get_pipe("angel_linker")
    linker.threshold = 0.25
    with kept_checksums(folder):
        linker.to_disk(folder / "angel_linker", exclude=["model", "encoder", "kb", "trie"])
    assert load_pipeline(folder).get_pipe("angel_linker").threshold == 0.25
    turn_a_bit(folder / "config.cfg")
    with pytest.raises(ModelError, match=r"config\.cfg is not as it was written"):
        load_pipeline(folder)


def test_a_part_may_be_replaced_by_a_whole_one(folder, tmp_path):
    linker = load_pipeline(folder).get_pipe("angel_linker")
    toy_generator(seed=3).to_folder(tmp_path / "model")
    shutil.rmtree(folder / "angel_linker" / "model")
    shutil.copytree(tmp_path / "model", folder / "angel_linker" / "model")
    assert load_pipeline(folder).get_pipe("angel_linker").kb.fingerprint == linker.kb.fingerprint


def test_a_list_beside_the_linker_that_is_not_ours_stays(tmp_path):
    (tmp_path / CHECKSUMS).write_text("of something else")
    tiny_pipeline().get_pipe("angel_linker").to_disk(tmp_path / "linker")
    assert (tmp_path / CHECKSUMS).read_text() == "of something else"


def test_a_damaged_part_that_is_left_out_is_not_looked_at(folder):
    turn_a_bit(folder / "angel_linker" / "kb" / "concepts" / "ids.npy")
    linker = tiny_pipeline().get_pipe("angel_linker")
    linker.from_disk(folder / "angel_linker", exclude=["kb", "trie"])
    with pytest.raises(AngelError, match=r"ids\.npy"):
        linker.from_disk(folder / "angel_linker")
