"""`angel annotate IN... FOLDER/`."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sharding import manifest_of, rows_in, write

from angel_spacy.corpora.formats import read_articles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two corpora, one of them packed and deeper, and what is none."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    write(folder / "a.jsonl", ["Gout.", "Aspirin."])
    (folder / "deep" / "b.jsonl.gz").write_bytes(gzip.compress(b'{"id": "b", "text": "Renal failure."}\n'))
    (folder / "README.txt").write_text("Gout is explained here.")
    (folder / "a.jsonl.md5").write_text("0")
    (folder / ".hidden.jsonl").write_text("no json")
    return folder


@pytest.mark.parametrize("how", ["folder", "pattern", "files"])
def test_files_are_found_and_written_as_shards(how, angel, pipeline, folder, tmp_path):
    files = [folder / "a.jsonl", folder / "deep" / "b.jsonl.gz"]
    named = {"folder": [folder], "pattern": [f"{folder}/**/[ab].json*[lz]"], "files": files}[how]
    result = angel("annotate", *named, f"{tmp_path}/out/", "--pipeline", pipeline, "--n-process", 1)
    assert sorted(row["id"] for row in rows_in(tmp_path / "out")) == ["0", "1", "b"]
    summary = dict(line.split(maxsplit=1) for line in result.stdout.splitlines() if line[:1].isalpha())
    assert (summary["articles"], summary["shards"], summary["now"]) == ("3", "2", "3")
    assert "3/3" in result.stderr


def test_the_same_command_goes_on_and_another_one_is_refused(angel, pipeline, folder, tmp_path):
    common = ["annotate", folder, f"{tmp_path}/out/", "--pipeline", pipeline, "--n-process", 1]
    angel(*common)
    assert "3 of 3 articles are done already" in angel(*common).output
    assert "another threshold" in angel(*common, "--threshold", 0.9, code=1).output
    assert "another format" in angel(*common, "--output-format", "pubtator", code=1).output


def test_what_is_wrong_is_told_and_the_rest_is_written(angel, pipeline, folder, tmp_path):
    (folder / "a.jsonl").write_text('{"id": "1", "text": "Gout."}\nno json\n')
    result = angel("annotate", folder, f"{tmp_path}/out/", "--pipeline", pipeline, "--n-process", 1)
    assert "1 records could not be read" in result.output
    assert len(manifest_of(tmp_path / "out", "unread")) == 1


def test_a_file_that_ends_too_early_is_an_error_when_all_is_written(angel, pipeline, folder, tmp_path):
    whole = gzip.compress("".join(json.dumps({"id": str(n), "text": "Gout."}) + "\n" for n in range(5000)).encode())
    (folder / "deep" / "b.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    result = angel("annotate", folder, f"{tmp_path}/out/", "--pipeline", pipeline, "--n-process", 1, code=1)
    assert "could not be read to its end" in result.output
    assert rows_in(tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--strict"], "leave --strict out"),
        (["--engine", "spark"], "choose local or ray"),
        (["--engine", "ray", "--address", ""], "--address is empty"),
        (["--output-format", "brat", "--shard-size", 5], "name one IN"),
        (["--output-format", "webanno", "--engine", "ray"], "name one IN"),
    ],
)
def test_options_that_do_not_go_with_shards(arguments, told, angel, pipeline, folder, tmp_path):
    result = angel("annotate", folder, f"{tmp_path}/out/", "--pipeline", pipeline, *arguments, code=2)
    assert told in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["brat", "webanno"])
def test_several_files_do_not_go_into_what_is_written_from_one(form, angel, pipeline, folder, tmp_path):
    files = [folder / "a.jsonl", folder / "deep" / "b.jsonl.gz"]
    for named in (files, [f"{folder}/*.jsonl"]):
        result = angel("annotate", *named, f"{tmp_path}/out/", "--pipeline", pipeline, "--output-format", form, code=2)
        assert "name one IN" in " ".join(result.output.replace("│", " ").split())
        assert not (tmp_path / "out").exists()
    angel("annotate", files[0], f"{tmp_path}/out/", "--pipeline", pipeline, "--output-format", form)
    written = list(read_articles(tmp_path / "out", form))
    assert [mention.text for one in written for mention in one.mentions] == ["Gout", "Aspirin"]


def test_a_format_that_there_is_not_is_answered_with_those_that_are_written(angel, pipeline, folder, tmp_path):
    for target in (f"{tmp_path}/out/", tmp_path / "out.jsonl"):
        result = angel("annotate", folder / "a.jsonl", target, "--output-format", "nosuch", code=1)
        assert "nosuch cannot be written" in result.output
        assert "jats" not in result.output


def test_all_files_that_end_too_early_are_named(angel, pipeline, folder, tmp_path):
    for name in "vwxyz":
        (folder / f"{name}.jsonl.gz").touch()
    result = angel("annotate", folder, f"{tmp_path}/out/", "--pipeline", pipeline, "--n-process", 1, code=1)
    assert "v.jsonl.gz" in result.output
    assert "x.jsonl.gz and 2 more could not be read to its end" in result.output


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="its file names are texts")
def test_a_name_that_is_no_text_can_be_told(pipeline, folder):
    (folder / os.fsdecode(b"caf\xe9.jsonl.gz")).touch()
    command = [sys.executable, "-m", "spacy", "angel", "annotate", ".", "../out/", "--pipeline", pipeline]
    told = subprocess.run([*command, "--n-process", "1"], cwd=folder, capture_output=True, check=False).stderr
    assert b"could not be read to its end" in told
    assert b"Traceback" not in told


def test_several_files_do_not_go_into_one_and_the_last_of_them_is_not_overwritten(angel, pipeline, folder):
    files = [folder / "a.jsonl", folder / "deep" / "b.jsonl.gz"]
    before = files[1].read_bytes()
    result = angel("annotate", files[0], *files, "--pipeline", pipeline, code=2)
    assert "looks like a file" in " ".join(result.output.replace("│", " ").split())
    assert files[1].read_bytes() == before


def test_a_name_that_names_nothing(angel, pipeline, folder, tmp_path):
    result = angel("annotate", f"{folder}/*.xml", f"{tmp_path}/out/", "--pipeline", pipeline, code=1)
    assert "there is no such file" in result.output


def test_a_folder_that_is_one_corpus(angel, pipeline, tmp_path):
    brat = tmp_path / "brat"
    brat.mkdir()
    for name in ("1", "2"):
        (brat / f"{name}.txt").write_text("Gout hurts.")
        (brat / f"{name}.ann").write_text("T1\tDisease 0 4\tGout\n")
    angel("annotate", brat, tmp_path / "out.jsonl", "--pipeline", pipeline)  # one file, as ever
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    angel("annotate", brat, f"{tmp_path}/out/", "--pipeline", pipeline, "--n-process", 1)
    assert [row["id"] for row in rows_in(tmp_path / "out")] == ["1", "2"]


def test_a_folder_of_files_is_not_read_in_part_for_want_of_a_slash(angel, pipeline, folder, tmp_path):
    for target in ("out", "out.jsonl"):
        result = angel("annotate", folder, tmp_path / target, "--pipeline", pipeline, code=2)
        assert "end OUT with /" in " ".join(result.output.replace("│", " ").split())
    (folder / "1.ann").touch()
    assert "several corpora" in angel("annotate", folder, tmp_path / "out.jsonl", code=1).output
    assert not list(tmp_path.glob("out*"))


def test_a_folder_of_webanno_is_one_corpus(angel, pipeline, folder, tmp_path):
    angel("annotate", folder / "a.jsonl", tmp_path / "tsv", "--pipeline", pipeline, "--output-format", "webanno")
    angel("annotate", tmp_path / "tsv", tmp_path / "out.jsonl", "--pipeline", pipeline)
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


def test_one_file_into_one_file_is_as_it_was(angel, pipeline, folder, tmp_path):
    angel("annotate", folder / "a.jsonl", tmp_path / "out.jsonl", "--pipeline", pipeline)
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
