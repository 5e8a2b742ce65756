"""`angel serve` as a process of its own."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import httpx2
import pytest
from tiny import tiny_pipeline
from typer.testing import CliRunner

from angel_spacy.cli import app

SECONDS = 120  # that a busy machine may take to start


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "pipeline"
    tiny_pipeline().to_disk(folder)
    return folder


@contextmanager
def served(pipeline: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and its address once it answers."""
    command = [sys.executable, "-m", "spacy", "angel", "serve", str(pipeline), "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = next((line for line in process.stdout if "http://" in line), "")
        found = re.search(r"http://\S+", line)
        assert found, process.stderr and process.stderr.read()
        yield process, found[0]
    finally:
        process.kill()
        process.wait()


def test_what_was_accepted_is_answered_when_the_service_is_told_to_stop(pipeline: Path):
    texts = [f"Gout number {i}, aspirin and renal failure. " * 20 for i in range(25)]

    def ask(address: str) -> int:
        answer = httpx2.post(f"{address}/link", json={"texts": texts}, timeout=SECONDS)
        if answer.status_code == 200:
            assert [len(one["mentions"]) for one in answer.json()["articles"]] == [60] * len(texts)
        return answer.status_code

    with served(pipeline) as (process, address), ThreadPoolExecutor(10) as clients:
        asked = [clients.submit(ask, address) for _ in range(10)]
        while httpx2.get(f"{address}/health").json()["queue"]["waiting"] < 200:
            sleep(0.01)
        process.send_signal(signal.SIGTERM)
        while httpx2.get(f"{address}/health").json()["status"] != "stopping":
            sleep(0.01)
        assert ask(address) == 503
        statuses = [one.result() for one in asked]
        assert set(statuses) <= {200, 503}
        assert statuses.count(200) >= 8  # whose texts waited when the signal came
        assert process.wait(SECONDS) == 0
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
        with pytest.raises(httpx2.ConnectError):
            ask(address)


def test_a_second_signal_ends_all_at_once_and_in_silence(pipeline: Path):
    with served(pipeline) as (process, address), ThreadPoolExecutor(1) as clients:
        asked = clients.submit(httpx2.post, f"{address}/link", json={"texts": ["Gout. " * 9000] * 20}, timeout=SECONDS)
        while not httpx2.get(f"{address}/health").json()["queue"]["waiting"]:
            sleep(0.01)
        process.send_signal(signal.SIGTERM)
        while httpx2.get(f"{address}/health").json()["status"] != "stopping":
            sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 1
        assert process.stderr
        assert process.stderr.read() == ""
        with pytest.raises(httpx2.TransportError):
            asked.result()


def test_a_port_in_use_is_told_before_a_pipeline_is_read():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = CliRunner().invoke(app, ["serve", "no_such_pipeline", "--port", str(port)])
    assert result.exit_code == 1
    assert "choose another host or port" in result.output


def test_an_empty_key_in_the_environment_opens_no_door(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANGEL_API_KEY", "")
    result = CliRunner().invoke(app, ["serve", "no_such_pipeline", "--port", "0"])
    assert result.exit_code == 1
    assert "ANGEL_API_KEY is empty" in " ".join(result.output.split())
