"""Files into shards: all of them, once, the same whatever happens on the way."""

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sharding import article_set, citation, manifest_of, rows_in, shards_in, write
from spacy.language import Language

from angel_spacy.annotation.shards.inputs import find_inputs
from angel_spacy.annotation.shards.plan import names_of
from angel_spacy.annotation.shards.run import Local
from angel_spacy.annotation.stream import annotate
from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.jsonl import jsonl_line
from angel_spacy.errors import ConfigError, CorpusError
from angel_spacy.files import BusyError, locked
from angel_spacy.pipelines import load_pipeline


def test_every_article_is_in_one_shard_as_the_stream_gives_it(run, corpus, tmp_path, pipeline):
    totals = run(corpus)
    nlp: Language = load_pipeline(pipeline)
    articles, alone = list(read_articles(corpus)), []
    for first in range(0, len(articles), 5):
        nlp.get_pipe("angel_linker").forget_answers()
        alone += [json.loads(jsonl_line(one)) for one in annotate(nlp, articles[first : first + 5])]
    assert rows_in(tmp_path / "out") == alone
    assert (totals.articles, totals.failed, totals.shards) == (23, 0, 5)
    assert totals.mentions == sum(len(row["mentions"]) for row in alone) > 20


def test_the_manifest_says_what_was_read_and_written(run, corpus, tmp_path, pipeline):
    run(corpus)
    folder = tmp_path / "out"
    (said,) = manifest_of(folder, "run")
    assert said["pipeline"]["name"] == pipeline
    assert all((said["pipeline"]["sha256"], said["packages"]["spacy"], said["kb"]["fingerprint"], said["settings"]))
    (source,) = manifest_of(folder, "input")
    assert source["sha256"] == hashlib.sha256(corpus.read_bytes()).hexdigest()
    for shard in manifest_of(folder, "shard"):
        assert hashlib.sha256((folder / shard["file"]).read_bytes()).hexdigest() == shard["sha256"]
    assert sum(shard["articles"] for shard in manifest_of(folder, "shard")) == 23
    assert manifest_of(folder, "totals")[0]["articles"] == 23


def test_the_number_of_workers_changes_no_byte(run, corpus, tmp_path):
    run(corpus, name="one", engine=Local(1))
    run(corpus, name="three", engine=Local(3))
    assert shards_in(tmp_path / "one") == shards_in(tmp_path / "three")
    assert manifest_of(tmp_path / "one", "shard") == manifest_of(tmp_path / "three", "shard")


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_shard_is_the_same_whatever_its_worker_did_before(run, tmp_path, precision):
    """Numbers are rounded by what is decoded together: answers that are known already must not change that."""
    texts = ["Gout.", "Aspirin hurts.", "Zinc and gout and renal failure.", "Severe gouts.", "Fever, gout.", "No zinc."]
    write(source := tmp_path / "texts.jsonl", [*texts[:3], *texts[:2], "Chronic renal failures.", *texts])
    settings = {"precision": precision}
    run(source, size=6, engine=Local(1), settings=settings)
    before = shards_in(tmp_path / "out")
    (tmp_path / "out" / "texts-00001.jsonl.gz").unlink()
    run(source, size=6, engine=Local(1), settings=settings)
    assert len(before) == 2
    assert shards_in(tmp_path / "out") == before


def test_what_is_done_is_not_done_again_and_what_is_lost_is(run, corpus, tmp_path):
    run(corpus)
    before = shards_in(tmp_path / "out")
    again: list[str] = []
    run(corpus, done=again)
    assert again == []
    (tmp_path / "out" / "texts-00002.jsonl.gz").unlink()
    (tmp_path / "out" / "texts-00004.jsonl.gz").write_bytes(b"half")
    (tmp_path / "out" / ".angel" / "done" / "texts-00001.json").write_text("{")
    (tmp_path / "out" / "manifest.jsonl").unlink()
    run(corpus, done=again)
    assert sorted(again) == ["texts-00001", "texts-00002", "texts-00004"]
    assert shards_in(tmp_path / "out") == before
    assert manifest_of(tmp_path / "out", "totals")[0]["articles"] == 23


def test_a_folder_is_gone_on_with_by_the_same_run_alone(run, corpus):
    run(corpus)
    with pytest.raises(ConfigError, match=r"another threshold \(.*, now 0\.9\)"):
        run(corpus, settings={"threshold": 0.9})
    with pytest.raises(ConfigError, match="another shard_size"):
        run(corpus, size=7)


def test_other_files_make_other_shards_and_the_old_ones_go(run, corpus, tmp_path):
    run(corpus)
    write(corpus, ["Gout."] * 6)
    done: list[str] = []
    run(corpus, done=done)
    assert sorted(done) == ["texts-00000", "texts-00001"]
    assert len(rows_in(tmp_path / "out")) == 6


def test_two_runs_do_not_write_into_one_folder(run, corpus, tmp_path):
    run(corpus)
    lock = tmp_path / "out" / ".angel" / "lock"
    code = f"""
from pathlib import Path
from angel_spacy.files import locked
with locked(Path({str(lock)!r})):
    print("held", flush=True)
    input()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BusyError):
            run(corpus)
        other.communicate(b"\n")
    with locked(lock):  # it went with its process
        pass


def test_an_article_that_fails_and_one_that_kills_are_in_the_manifest(run, corpus, tmp_path):
    write(corpus, ["Gout.", "A bang.", "Aspirin.", "A boom.", "Renal failure.", "Gout again."])
    totals = run(corpus)
    rows = rows_in(tmp_path / "out")
    assert [row["id"] for row in rows] == list("012345")
    assert [bool(row["mentions"]) for row in rows] == [True, False, True, False, True, True]
    failed = {one["article"]: one["reason"] for one in manifest_of(tmp_path / "out", "failed")}
    assert "RuntimeError: it went off" in failed.pop("1")
    assert "WorkerDied" in failed.pop("3")
    assert not failed
    assert (totals.articles, totals.failed) == (6, 2)


def test_records_that_cannot_be_read_are_in_the_manifest(run, corpus, tmp_path):
    corpus.write_text('{"id": "1", "text": "Gout."}\nno json\n{"id": "2"}\n{"id": "3", "text": "Aspirin."}\n')
    assert run(corpus).unread == 2
    assert [row["id"] for row in rows_in(tmp_path / "out")] == ["1", "3"]
    reasons = [one["reason"] for one in manifest_of(tmp_path / "out", "unread")]
    assert ["line 2" in reasons[0], "line 3" in reasons[1]] == [True, True]


def test_files_without_an_article_are_an_error(run, corpus):
    corpus.write_text("no json\n")
    with pytest.raises(CorpusError, match="no article was found"):
        run(corpus)


def test_files_of_one_name_do_not_get_into_each_others_way(run, corpus, tmp_path):
    other = tmp_path / "other" / corpus.name
    other.parent.mkdir()
    write(other, ["Gout.", "Zinc."])
    run(corpus, other)
    assert len(rows_in(tmp_path / "out")) == 25
    assert "texts~2-00000.jsonl.gz" in shards_in(tmp_path / "out")


@pytest.mark.parametrize(
    ("form", "suffix"), [("pubtator", ".pubtator.gz"), ("bioc-xml", ".xml.gz"), ("parquet", ".parquet")]
)
def test_shards_of_other_formats_hold_the_same_links(run, corpus, tmp_path, form: str, suffix: str):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    run(corpus, form=form, suffix=suffix)
    run(corpus, name="lines")
    files = sorted((tmp_path / "out").glob(f"*{suffix}"))
    found = [mention.concept_ids for path in files for one in read_articles(path) for mention in one.mentions]
    assert found == [tuple(one["concept_ids"]) for row in rows_in(tmp_path / "lines") for one in row["mentions"]]
    assert found


def test_given_mentions_are_linked(run, tmp_path):
    path = tmp_path / "given.pubtator"
    path.write_text("1|t|My podagra.\n1|a|\n1\t3\t10\tpodagra\tDISEASE\n\n")
    run(path, given=True)
    (row,) = rows_in(tmp_path / "out")
    assert [mention["text"] for mention in row["mentions"]] == ["podagra"]
    assert row["mentions"][0]["candidates"]


def test_of_pubmed_the_newest_version_is_annotated_and_an_update_redoes_what_it_changes(run, tmp_path: Path):
    base, update = tmp_path / "pubmed26n0001.xml", tmp_path / "pubmed26n0002.xml"
    base.write_text(article_set(*(citation(pmid, f"Gout {pmid}.") for pmid in range(1, 11))))
    run(base)
    assert len(rows_in(tmp_path / "out")) == 10
    gone = "<DeleteCitation><PMID Version='1'>2</PMID></DeleteCitation>"
    update.write_text(article_set(citation(1, "Zinc."), citation(99, "New gout."), gone))
    done: list[str] = []
    totals = run(base, update, done=done)
    assert sorted(done) == ["pubmed26n0001-00000", "pubmed26n0002-00000"]
    assert [row["id"] for row in rows_in(tmp_path / "out")] == [*map(str, range(3, 11)), "1", "99"]
    assert totals.articles == 10
    assert [one["older_or_deleted"] for one in manifest_of(tmp_path / "out", "input")] == [2, 0]


def test_what_is_not_of_the_run_stays(run, corpus, tmp_path):
    folder = tmp_path / "out"
    foreign = {"mine.jsonl.gz": b"mine", ".git/config": b"mine too", ".venv/x": b"", "sub/texts-00000.jsonl.gz": b"x"}
    for name, content in foreign.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for _ in range(2):
        run(corpus)
        write(corpus, ["Gout."] * 6)  # some shards go
    assert {name: (folder / name).read_bytes() for name in foreign} == foreign
    assert len(shards_in(folder)) == 1 + 2


def test_a_shard_never_takes_the_place_of_somebodys_file(run, corpus, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "texts-00001.jsonl.gz").write_bytes(b"mine")
    with pytest.raises(ConfigError, match=r"texts-00001.*another folder"):
        run(corpus)
    assert (tmp_path / "out" / "texts-00001.jsonl.gz").read_bytes() == b"mine"


def test_files_of_before_are_not_forgotten_without_a_word(run, corpus, tmp_path):
    run(corpus)
    other = tmp_path / "in" / "more.jsonl"
    write(other, ["Gout."])
    with pytest.raises(ConfigError, match="'texts', which is not among the files"):
        run(other)
    assert run(corpus, other).articles == 24


def test_nothing_is_read_where_it_is_written(run, corpus):
    with pytest.raises(ConfigError, match=r"texts\.jsonl is in the folder"):
        run(corpus, name="in")


def test_folders_of_runs_are_no_input(run, corpus, tmp_path):
    run(corpus, name="in/linked")
    assert find_inputs([str(tmp_path / "in")]) == [corpus]


def test_no_two_inputs_have_one_name():
    paths = [Path("a/x.jsonl"), Path("b/x.jsonl"), Path("x~2.jsonl"), Path("x.xml.gz"), Path("c/x~2.jsonl")]
    names = names_of(paths)
    assert len(set(names)) == len(paths)
    assert (names[0], names[2]) == ("x", "x~2")


def test_a_shard_in_which_a_bit_is_another_is_made_anew(run, corpus, tmp_path):
    run(corpus)
    before = shards_in(tmp_path / "out")
    path = tmp_path / "out" / "texts-00002.jsonl.gz"
    path.write_bytes(bytes([before[path.name][0] ^ 1]) + before[path.name][1:])
    done: list[str] = []
    run(corpus, done=done)
    assert done == ["texts-00002"]
    assert shards_in(tmp_path / "out") == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:300],
        lambda data: data[:300] + b"\xff" + data[301:],
        lambda data: data[:3000] + b"\xff\xff" + data[3002:],
    ],
)
def test_a_damaged_file_of_pubmed_does_no_harm_to_others(run, corpus, tmp_path, damage):
    damaged = tmp_path / "pubmed26n0001.xml.gz"
    titles = (f"Gout {hashlib.sha256(str(pmid).encode()).hexdigest()}." for pmid in range(1, 100))
    content = article_set(*(citation(pmid, title) for pmid, title in enumerate(titles, 1)))
    damaged.write_bytes(damage(gzip.compress(content.encode(), mtime=0)))
    totals = run(damaged, corpus)
    assert 23 <= totals.articles < 23 + 99
    assert any("pubmed26n0001" in one["reason"] for one in manifest_of(tmp_path / "out", "unread"))


def test_a_run_that_fails_leaves_no_settings_behind(run, corpus):
    content = corpus.read_text()
    corpus.write_text("no json\n")
    with pytest.raises(CorpusError):
        run(corpus)
    corpus.write_text(content)
    assert run(corpus, size=7).shards == 4
