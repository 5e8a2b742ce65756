"""Ray as the engine: the same shards, whoever dies."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from sharding import manifest_of, shards_in, write
from tiny import tiny_pipeline

from angel_spacy.annotation.shards.folder import RunFolder
from angel_spacy.annotation.shards.ray_engine import Ray
from angel_spacy.annotation.shards.run import Engine, Local, annotate_files
from angel_spacy.annotation.shards.work import Job
from angel_spacy.errors import ConfigError, CorpusError

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module", autouse=True)
def cluster():
    """Workers that do not wait for the other tests: Ray's own are nicer than all else."""
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 it is called so
    ray.init(address="local", num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("ray") / "pipeline"
    tiny_pipeline().to_disk(folder)
    return str(folder)


def run(pipeline: str, sources: list[Path], folder: Path, engine: Engine):
    job = Job(pipeline, None, {}, RunFolder(folder, ".jsonl.gz"), "jsonl")
    return annotate_files(sources, job, engine, shard_size=10, begun=lambda _: None, done=lambda _: None)[0]


def test_the_shards_are_those_of_the_local_engine_even_when_a_worker_is_killed(pipeline: str, tmp_path: Path):
    sources = [tmp_path / f"texts{number}.jsonl" for number in range(3)]
    for source in sources:
        write(source, ["Gout and aspirin.", "Renal failure.", "Nothing."] * 40)
    local = run(pipeline, sources, tmp_path / "local", Local(1))
    killed: list[int] = []
    killer = threading.Thread(target=kill_an_actor, args=(tmp_path / "ray", killed), daemon=True)
    killer.start()
    assert run(pipeline, sources, tmp_path / "ray", Ray(2)) == local
    killer.join(1)
    assert killed
    assert shards_in(tmp_path / "ray") == shards_in(tmp_path / "local")
    assert manifest_of(tmp_path / "ray", "shard") == manifest_of(tmp_path / "local", "shard")


def kill_an_actor(folder: Path, killed: list[int]) -> None:
    """Kills a process that annotates, as soon as the first shard is done."""
    while not list((folder / ".angel" / "done").glob("*.json")):
        time.sleep(0.02)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and b"MapWorker" in (process / "cmdline").read_bytes():
            killed.append(int(process.name))
            os.kill(killed[-1], signal.SIGKILL)
            return


@pytest.mark.parametrize(
    ("engine", "n"),
    [
        (Ray(), 5),
        (Ray(cpus=2), 2),
        (Ray(cpus=0.1), 9),
        (Ray(cpus=0), 9),
        (Ray(cpus=1, gpus=0.25), 2),
        (Ray(cpus=0, gpus=0.3), 3),
        (Ray(7), 7),
        (Ray(70), 9),
        (Ray(3, "10.0.0.1:6379", cpus=8), 3),  # for machines that come later
    ],
)
def test_as_many_workers_as_have_room_on_some_machine(monkeypatch, engine, n):
    machines = [({"CPU": 3.0}, True), ({"CPU": 2.0, "GPU": 1.0}, True), ({"CPU": 99.0}, False), ({}, True)]
    monkeypatch.setattr(ray, "nodes", lambda: [{"Resources": has, "Alive": is_alive} for has, is_alive in machines])
    assert engine._n_actors(ray, 9) == n


@pytest.mark.parametrize("engine", [Ray(cpus=8), Ray(2, cpus=8), Ray(gpus=0.25), Ray(address="auto", cpus=8)])
def test_workers_that_have_room_nowhere_are_refused(pipeline, tmp_path, engine):
    write(source := tmp_path / "texts.jsonl", ["Gout."])
    with pytest.raises(ConfigError, match="No machine of Ray's has room"):
        run(pipeline, [source], tmp_path / "out", engine)
    assert not (tmp_path / "out").exists()


def test_a_file_that_changes_while_it_is_annotated_ends_the_run_in_one_sentence(pipeline, tmp_path):
    write(source := tmp_path / "texts.jsonl", ["Gout."] * 20)

    class Late(Ray):
        def annotate(self, worker, todo):
            write(source, ["Fine."] * 20)
            return super().annotate(worker, todo)

    with pytest.raises(CorpusError, match=r"texts\.jsonl changed while it was annotated; give the command again\.$"):
        run(pipeline, [source], tmp_path / "out", Late(1))


@pytest.mark.parametrize("place", ["inputs/texts", "tries"])
def test_what_goes_wrong_in_a_task_or_in_an_actor_is_told_in_one_line(pipeline, tmp_path, place):
    write(source := tmp_path / "texts.jsonl", ["Gout."])
    odd = tmp_path / "out" / ".angel" / place
    odd.parent.mkdir(parents=True)
    odd.touch()  # where a folder is to be
    with pytest.raises(OSError, match=r"^\[Errno \d+\] [\w ]+: '[^\n]+'$"):
        run(pipeline, [source], tmp_path / "out", Ray(1))


def test_an_address_where_nobody_listens_is_told_at_once(pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    write(source := tmp_path / "texts.jsonl", ["Gout."])
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port}: nobody answers.*RAY_AUTH_MODE"):
        run(pipeline, [source], tmp_path / "out", Ray(address=f"127.0.0.1:{port}"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "environment", "address"),
    [
        (None, "", "local"),
        ("auto", "", "auto"),
        (None, "10.0.0.1:6379", "10.0.0.1:6379"),
        ("auto", "10.0.0.1:6379", "auto"),
    ],
)
def test_without_an_address_no_cluster_of_others_is_joined(monkeypatch, given, environment, address):
    asked = []
    monkeypatch.setenv("RAY_ADDRESS", environment)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", lambda address, **settings: asked.append(address))
    monkeypatch.setattr("socket.create_connection", lambda *_: socket.socket())
    assert list(Ray(address=given).annotate(None, [])) == []
    assert asked == [address]
