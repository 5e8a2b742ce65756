"""Which files are meant: none is left out without a word."""

from pathlib import Path

import pytest

from angel_spacy.annotation.shards.inputs import find_inputs
from angel_spacy.errors import CorpusError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names_in(folder: Path, form: str | None = None) -> list[str]:
    return [str(path.relative_to(folder)) for path in find_inputs([str(folder)], form)]


def test_names_of_files_in_capitals(folder):
    put(folder, "A.JSONL.GZ", "b.XML", "c.txt", "README")
    assert names_in(folder) == ["A.JSONL.GZ", "b.XML"]


def test_folders_behind_links_are_looked_into_once_and_circles_end(folder, tmp_path):
    put(tmp_path / "elsewhere", "a.jsonl")
    put(folder, "sub/b.jsonl")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "sub" / "back").symlink_to(folder)
    assert names_in(folder) == ["link/a.jsonl", "sub/b.jsonl"]


def test_a_folder_that_may_not_be_looked_into_is_an_error(folder, monkeypatch):
    put(folder, "a.jsonl", "sub/b.jsonl")
    scandir = __import__("os").scandir

    def refuse(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(PermissionError):
        find_inputs([str(folder)])


@pytest.mark.parametrize("other", ["b.jsonl", "x/1.txt.knowtator.xml"])
def test_a_folder_of_several_corpora_is_read_as_none_of_them_unless_it_is_said_which(folder, other):
    put(folder, "deep/1.ann", "deep/1.txt", other)
    with pytest.raises(CorpusError, match=rf"several corpora \(({folder}/(deep/1\.ann|{other}),? ?){{2}}\)"):
        find_inputs([str(folder)])
    assert names_in(folder, "brat") == ["."]
    assert names_in(folder / "deep") == ["."]


def test_a_folder_of_one_corpus_may_hold_what_is_none(folder):
    put(folder, "1.ann", "1.txt", "annotation.conf", "README", ".git/x.jsonl")
    assert names_in(folder) == ["."]


def test_a_format_says_which_files_of_a_folder_are_meant(folder):
    put(folder, "a.txt", "deep/b.TXT.gz", "c.jsonl", "d.tsv", "AskAPatient.fold-0.test.txt")
    assert names_in(folder, "text") == ["AskAPatient.fold-0.test.txt", "a.txt", "deep/b.TXT.gz"]
    assert names_in(folder, "jsonl") == ["c.jsonl"]
    assert names_in(folder, "webanno") == ["d.tsv"]
    assert names_in(folder, "askapatient") == ["AskAPatient.fold-0.test.txt"]
    with pytest.raises(CorpusError, match="to annotate"):
        find_inputs([str(folder)], "parquet")


def test_folders_to_which_runs_wrote_are_not_read_but_where_they_are_named_and_then_without_the_manifest(folder):
    put(folder, "a.jsonl", "out/.angel/run.json", "out/a-00000.jsonl.gz", "out/manifest.jsonl", "begun/.angel/x")
    put(folder, "begun/b.jsonl", "manifest.jsonl")
    assert names_in(folder) == ["a.jsonl", "begun/b.jsonl", "manifest.jsonl"]
    assert names_in(folder / "out") == ["a-00000.jsonl.gz"]
