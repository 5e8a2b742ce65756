"""The vectors of a KB's names lie in the run's folder while it goes on: made once, mapped by every worker."""

from collections.abc import Sequence
from pathlib import Path

from sharding import shards_in

from angel_spacy.annotation.shards.folder import RunFolder
from angel_spacy.annotation.shards.run import Local
from angel_spacy.annotation.shards.work import Job, Worker
from angel_spacy.models.name_encoder import NameEncoder

EVIDENCE = {"combine": "evidence"}


def no_more(encoder: NameEncoder, names: Sequence[str]) -> None:
    raise AssertionError(f"encoded again: {names}")


def test_a_worker_of_a_team_encodes_no_name_of_the_kb(pipeline, tmp_path, monkeypatch):
    job = Job(pipeline, None, EVIDENCE, RunFolder(tmp_path / "out", ".jsonl.gz"), "jsonl")
    leader = Worker(job)
    leader.share()
    monkeypatch.setattr(NameEncoder, "encode", no_more)
    vectors = Worker.of_team(job).linker._sources.similar.vectors()
    assert (vectors == leader.linker._sources.similar.vectors()).all()


def test_without_the_evidence_there_are_none(pipeline, tmp_path):
    folder = RunFolder(tmp_path / "out", ".jsonl.gz")
    worker = Worker(Job(pipeline, None, {}, folder, "jsonl"))
    worker.share()
    assert not folder.vectors.exists()


def test_they_go_when_the_run_is_done(run, corpus, tmp_path):
    run(corpus, settings=EVIDENCE)
    assert not [path for path in (tmp_path / "out" / ".angel").iterdir() if "vectors" in path.name]


def test_damaged_ones_are_made_anew(run, corpus, tmp_path):
    run(corpus, name="left alone", settings=EVIDENCE)
    hidden = tmp_path / "again" / ".angel"
    Path(hidden, "vectors").mkdir(parents=True)
    Path(hidden, "vectors", "vectors.npy").write_bytes(b"\x93NUMPY\x01\x00")
    Path(hidden, ".vectors-half").mkdir()
    run(corpus, name="again", engine=Local(1), settings=EVIDENCE)
    assert shards_in(tmp_path / "again") == shards_in(tmp_path / "left alone")
    assert sorted(path.name for path in hidden.iterdir()) == sorted(
        path.name for path in (tmp_path / "left alone" / ".angel").iterdir()
    )
