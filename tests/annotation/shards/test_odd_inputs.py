"""Files that cannot be read, are called oddly, or change: the others are annotated, and the manifest tells of it."""

import gzip
import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from sharding import article_set, citation, manifest_of, rows_in, shards_in, write

from angel_spacy.annotation.shards.inputs import find_inputs
from angel_spacy.annotation.shards.run import Local
from angel_spacy.errors import ConfigError, CorpusError

BRAT = "T1\tDisease 0 4\tGout\n"


def unread(folder: Path) -> list[str]:
    return [one["reason"] for one in manifest_of(folder, "unread")]


def mentioned(folder: Path) -> list[str]:
    return [mention["text"] for row in rows_in(folder) for mention in row["mentions"]]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("list.tsv", b"a\tb\n", "begins as no file"),
        ("a.xml.gz", b"", "the file is empty"),
        ("a.jsonl.gz", b"", "the file is empty"),
        ("a.xml", b'<!DOCTYPE x [<!ENTITY b "Gout">]><PubmedArticleSet></PubmedArticleSet>', "declares entities"),
        ("a.parquet", b"PAR1", "cannot read on"),
        ("a.spacy", b"x", "DocBin"),
    ],
)
def test_a_file_that_cannot_be_read_costs_no_other(run, corpus, tmp_path, name: str, content: bytes, reason: str):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (odd := corpus.parent / name).write_bytes(content)
    assert (run(odd, corpus).articles, len(unread(tmp_path / "out"))) == (23, 1)
    assert reason in unread(tmp_path / "out")[0]
    with pytest.raises(CorpusError, match=rf"{reason}.*no article was found in .*{name}"):
        run(odd, name="other")


@pytest.mark.skipif(os.name == "nt", reason="it has no such files")
@pytest.mark.parametrize(
    "make", [getattr(os, "mkfifo", None), lambda path: path.symlink_to("nowhere"), lambda path: path.symlink_to(path)]
)
def test_what_is_no_file_costs_no_other_and_is_told(run, corpus, tmp_path, make):
    make(corpus.parent / "odd.jsonl")
    for named in (str(corpus.parent), f"{corpus.parent}/*.jsonl"):
        assert run(*find_inputs([named])).articles == 23
        assert ["that is no file" in one for one in unread(tmp_path / "out")] == [True]


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="its file names are texts")
def test_a_name_that_is_no_text(run, corpus, tmp_path):
    odd = corpus.parent / os.fsdecode(b"caf\xe9 \\.jsonl")
    write(odd, ["Gout."])
    odd.write_text(odd.read_text() + "no json\n")
    run(odd)
    assert manifest_of(tmp_path / "out", "input")[0]["path"] == str(odd)
    assert manifest_of(tmp_path / "out", "shard")[0]["file"] == os.fsdecode(b"caf\xe9 \\-00000.jsonl.gz")
    (tmp_path / "out" / os.fsdecode(b"caf\xe9 \\-00000.jsonl.gz")).unlink()
    run(odd)
    assert len(rows_in(tmp_path / "out")) == 1


@pytest.mark.parametrize("letter", ["x", "\u00e9"])
def test_names_as_long_as_a_file_system_allows(run, corpus, tmp_path, letter: str):
    paths = [corpus.parent / (letter * ((248 - end) // len(letter.encode())) + "y" * end + ".jsonl") for end in (0, 2)]
    for path in paths:
        write(path, ["Gout."])
    run(*paths)
    assert len(rows_in(tmp_path / "out")) == 2


def test_a_file_within_a_corpus_that_is_a_folder_changes(run, corpus, tmp_path):
    brat = tmp_path / "brat"
    brat.mkdir()
    (brat / "1.txt").write_text("Fine hurts.")
    (brat / "1.ann").write_text(BRAT)
    run(brat)
    (brat / "1.txt").write_text("Gout hurts.")
    run(brat)
    assert mentioned(tmp_path / "out") == ["Gout"]


def test_a_file_with_other_content_and_the_size_and_time_of_before(run, tmp_path):
    write(path := tmp_path / "a.jsonl", ["Fine."])
    before = path.stat()
    run(path)
    write(path, ["Gout."])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    run(path)
    assert mentioned(tmp_path / "out") == ["Gout"]
    assert manifest_of(tmp_path / "out", "input")[0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("engine", [Local(1), Local(2)])
@pytest.mark.parametrize("change", [lambda path: write(path, ["Fine."] * 7), lambda path: write(path, ["Gout."] * 23)])
def test_a_file_that_changes_while_it_is_annotated_ends_the_run(run, corpus, tmp_path, engine, change):
    class Late:
        def look_through(self, files):
            return engine.look_through(files)

        def annotate(self, worker, todo):
            change(corpus)
            return engine.annotate(worker, todo)

    with pytest.raises(CorpusError, match="changed while it was annotated"):
        run(corpus, engine=Late())
    assert not (tmp_path / "out" / "manifest.jsonl").exists()
    assert run(corpus).articles == len(rows_in(tmp_path / "out"))


def test_the_manifest_says_where_moved_inputs_are(run, corpus, tmp_path):
    run(corpus)
    moved = corpus.rename(tmp_path / corpus.name)
    done: list[str] = []
    run(moved, done=done)
    assert not done
    assert {one["input"] for one in manifest_of(tmp_path / "out", "shard")} == {str(moved)}


def test_a_folder_that_was_moved_is_gone_on_with(run, tmp_path):
    (base := tmp_path / "pubmed26n0001.xml").write_text(article_set(citation(1, "Gout."), citation(2, "Gout.")))
    (update := tmp_path / "pubmed26n0002.xml").write_text(article_set(citation(1, "Fine.")))
    run(base, update)
    before = shards_in(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "moved")
    done: list[str] = []
    run(base, update, name="moved", done=done)
    assert (done, shards_in(tmp_path / "moved")) == ([], before)
    assert not (tmp_path / "out").exists()


def test_when_an_update_deletes_all_there_is_nothing_left(run, tmp_path):
    (base := tmp_path / "pubmed26n0001.xml").write_text(article_set(citation(1, "Gout.")))
    run(base)
    update = tmp_path / "pubmed26n0002.xml"
    update.write_text(article_set("<DeleteCitation><PMID Version='1'>1</PMID></DeleteCitation>"))
    assert run(base, update).articles == 0
    assert shards_in(tmp_path / "out") == {}


def test_another_file_of_one_name_does_not_take_the_place_of_the_first(run, corpus, tmp_path):
    run(corpus)
    other = tmp_path / "other" / corpus.name
    other.parent.mkdir()
    write(other, ["Fine."])
    with pytest.raises(ConfigError, match=f"{corpus}.*not among the files"):
        run(other)
    other.unlink()
    other.symlink_to("nowhere")
    with pytest.raises(ConfigError, match=f"{corpus}.*not among the files"):
        run(other)
    other.unlink()
    other.write_bytes(corpus.read_bytes())  # a copy of it
    done: list[str] = []
    run(other, done=done)
    assert not done


def test_shards_within_what_is_read_are_not_read(run, corpus, tmp_path):
    for _ in range(2):
        assert run(*find_inputs([f"{corpus.parent}/**/*.jsonl*"]), name="in/out").articles == 23
    deep = tmp_path / "in2" / "deep" / "a.jsonl"
    deep.parent.mkdir(parents=True)
    write(deep, ["Gout."])
    for _ in range(2):
        assert run(*find_inputs([str(tmp_path / "in2")]), name="in2").articles == 1


@pytest.mark.parametrize("name", ["brat", "brat/out"])
def test_shards_are_not_written_into_what_is_one_corpus(run, tmp_path, name):
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "1.txt").write_text("Gout.")
    (tmp_path / "brat" / "1.ann").write_text(BRAT)
    with pytest.raises(ConfigError, match="which is one corpus"):
        run(tmp_path / "brat", name=name)
    assert sorted(path.name for path in (tmp_path / "brat").iterdir()) == ["1.ann", "1.txt"]


def test_what_is_wrong_with_mentions_that_are_not_needed_is_not_told(run, tmp_path):
    (path := tmp_path / "a.pubtator").write_text("1|t|Gout.\n1|a|\n1\t2\t4\tFever\tDisease\tD1\n\n")
    assert run(path).unread == 0
    assert run(path, name="given", given=True).unread == 1


def test_a_file_of_somebody_called_as_parts_of_ours_stays(run, corpus, tmp_path):
    for name in ("manifest.jsonl.part", ".angel/notes"):
        (mine := tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        mine.write_bytes(b"mine")
    (empty := tmp_path / "empty.jsonl").touch()
    with pytest.raises(CorpusError):
        run(empty)
    run(corpus)
    assert (tmp_path / "out" / "manifest.jsonl.part").read_bytes() == b"mine"
    assert (tmp_path / "out" / ".angel" / "notes").read_bytes() == b"mine"


def test_somebodys_manifest_is_not_overwritten(run, corpus, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.jsonl").write_bytes(b"mine")
    with pytest.raises(ConfigError, match=r"manifest\.jsonl is there already"):
        run(corpus)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.jsonl"]
    assert (tmp_path / "out" / "manifest.jsonl").read_bytes() == b"mine"


def test_while_shards_are_replaced_there_is_no_manifest_of_before(run, corpus, tmp_path):
    run(corpus)
    write(corpus, ["Gout."] * 23)

    class Stopped(list):
        def append(self, _):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(corpus, done=Stopped())
    assert not (tmp_path / "out" / "manifest.jsonl").exists()
    run(corpus)
    shards = manifest_of(tmp_path / "out", "shard")
    found = shards_in(tmp_path / "out")
    assert {one["file"]: one["sha256"] for one in shards} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items()
    }


@pytest.mark.parametrize("is_there", [True, False])
def test_a_run_that_is_refused_leaves_nothing(run, corpus, tmp_path, is_there: bool):
    folder = tmp_path / "deep" / "out"
    if is_there:
        folder.parent.mkdir()
        folder.mkdir()
        (folder / "mine").touch()
    (empty := tmp_path / "empty.jsonl").touch()
    for paths, job in (((empty,), {}), ((corpus,), {"settings": {"precision": "none"}})):
        with pytest.raises((ConfigError, CorpusError)):
            run(*paths, name="deep/out", **job)
        assert [path.name for path in folder.rglob("*")] == ["mine"] * is_there
        assert (folder.exists(), folder.parent.exists()) == (is_there, is_there)
    with pytest.raises(ConfigError, match="is in the folder"):
        run(corpus, name="in")
    assert [path.name for path in corpus.parent.iterdir()] == [corpus.name]


def test_a_packed_file_is_told_by_its_name_in_capitals_too(run, corpus, tmp_path):
    (packed := tmp_path / "B.JSONL.GZ").write_bytes(gzip.compress(corpus.read_bytes()))
    assert run(packed).articles == 23
    assert "B-00000.jsonl.gz" in shards_in(tmp_path / "out")


@pytest.mark.skipif(os.name == "nt", reason="it has no such files")
@pytest.mark.parametrize("make", [getattr(os, "mkfifo", None), lambda path: path.symlink_to("nowhere")])
def test_what_was_made_of_a_file_stays_when_something_else_takes_its_place(run, corpus, tmp_path, make):
    write(other := corpus.parent / "other.jsonl", ["Gout."])
    run(other, corpus)
    other.unlink()
    make(other)
    with pytest.raises(CorpusError, match="that is no file"):
        run(other, corpus)
    assert len(rows_in(tmp_path / "out")) == 24


@pytest.mark.parametrize("content", [b"", gzip.compress(bytes(range(256)) * 99)[:-9]])
def test_what_was_made_of_a_file_stays_when_it_cannot_be_read_any_more(run, corpus, tmp_path, content):
    write(other := corpus.parent / "a.jsonl", ["Gout."])
    packed = other.with_suffix(".jsonl.gz")
    packed.write_bytes(whole := gzip.compress(other.read_bytes()))
    other.unlink()
    run(packed, corpus)
    before = shards_in(tmp_path / "out"), (tmp_path / "out" / "manifest.jsonl").read_bytes()
    packed.write_bytes(content)
    for _ in range(2):
        with pytest.raises(CorpusError, match=r"a\.jsonl\.gz.*\. It could be read before, and what"):
            run(packed, corpus)
        assert (shards_in(tmp_path / "out"), (tmp_path / "out" / "manifest.jsonl").read_bytes()) == before
    packed.write_bytes(whole)
    assert run(packed, corpus).articles == 24
    assert shards_in(tmp_path / "out") == before[0]


@pytest.mark.parametrize("kept", [{"path": "a.jsonl"}, {"path": "a.jsonl", "of_another_version": 1}])
def test_a_file_is_looked_through_again_where_another_version_kept_something_else(run, corpus, tmp_path, kept):
    run(corpus)
    (said,) = (tmp_path / "out").rglob("input.json")
    said.write_text(json.dumps({**json.loads(said.read_text()), "input": kept}))
    assert run(corpus).articles == 23
    assert Path(manifest_of(tmp_path / "out", "input")[0]["path"]) == corpus.resolve()
