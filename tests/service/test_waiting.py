"""Requests of several clients at once."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from math import inf
from threading import current_thread
from time import monotonic, sleep

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from service_toys import Pace, Serve

from angel_spacy.errors import ConfigError
from angel_spacy.service import Limits


@contextmanager
def others(client: TestClient) -> Iterator["Asking"]:
    """Clients of their own, each with a thread."""
    with ThreadPoolExecutor(40) as threads:
        yield Asking(client, threads)


class Asking:
    def __init__(self, client: TestClient, threads: ThreadPoolExecutor) -> None:
        self.client, self.threads = client, threads

    def link(self, *texts: str) -> "Future[Response]":
        return self.threads.submit(self.client.post, "/link", json={"texts": list(texts)})

    def keep_busy(self, pace: Pace) -> "Future[Response]":
        """The pipeline works on one text until `pace.go_on`."""
        asked = self.link("wait for it")
        assert pace.is_waiting.wait(10)
        return asked

    def until_waiting(self, n: int) -> None:
        for _ in range(400):
            if self.client.get("/health").json()["queue"]["waiting"] == n:
                return
            sleep(0.02)
        raise AssertionError(f"there were never {n} waiting")


def figure(client: TestClient, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def test_texts_of_several_clients_are_worked_on_together(client: TestClient, pace: Pace):
    with others(client) as asking:
        busy = asking.keep_busy(pace)
        asked = [asking.link(f"gout {i}") for i in range(6)]
        asking.until_waiting(6)
        pace.go_on.set()
        assert busy.result().status_code == 200
        for i, one in enumerate(asked):
            (article,) = one.result().json()["articles"]
            assert article["abstract"] == f"gout {i}"
            assert len(article["mentions"]) == 1
    assert figure(client, "angel_batch_texts_count") == 2
    assert figure(client, "angel_batch_texts_sum") == 7
    assert figure(client, "angel_texts_total") == 7
    assert figure(client, "angel_mentions_total") == 6


def test_what_is_found_and_what_is_given_do_not_mix(client: TestClient, pace: Pace):
    given = {"articles": [{"text": "a gout", "mentions": [{"start": 0, "end": 1}]}], "given": True}
    with others(client) as asking:
        asking.keep_busy(pace)
        found = [asking.link("a gout") for _ in range(3)]
        linked = [asking.threads.submit(client.post, "/link", json=given) for _ in range(3)]
        asking.until_waiting(6)
        pace.go_on.set()
        assert {one.result().json()["articles"][0]["mentions"][0]["text"] for one in found} == {"gout"}
        assert {one.result().json()["articles"][0]["mentions"][0]["text"] for one in linked} == {"a"}
    assert figure(client, "angel_batch_texts_count") == 3


def test_where_too_much_waits_a_request_is_refused_whole(serve: Serve, pace: Pace):
    client = serve(waiting=4, texts=4)
    with others(client) as asking:
        asking.keep_busy(pace)
        accepted = asking.link("gout", "gout", "gout")
        asking.until_waiting(3)
        refused = client.post("/link", json={"texts": ["gout", "aspirin"]})
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "ask again" in refused.json()["error"]
        last = asking.link("gout")
        asking.until_waiting(4)
        pace.go_on.set()
        assert (accepted.result().status_code, last.result().status_code) == (200, 200)
    assert client.post("/link", json={"texts": ["gout", "aspirin"]}).status_code == 200
    assert figure(client, "angel_refused_total") == 1
    assert figure(client, "angel_waiting_texts") == 0


def test_reading_goes_on_while_the_pipeline_works(client: TestClient, pace: Pace):
    with others(client) as asking:
        asking.keep_busy(pace)
        assert client.get("/search", params={"q": "gou"}).json()["concepts"][0]["id"] == "D006073"
        assert client.get("/concept/D006073").status_code == 200
        assert client.post("/read?name=a.txt", content=b"gout").status_code == 200
        pace.go_on.set()


def test_what_is_late_is_given_up_and_what_was_not_begun_is_dropped(serve: Serve, pace: Pace):
    client = serve(seconds=0.5)
    with others(client) as asking:
        busy = asking.keep_busy(pace)
        late = asking.link("gout that nobody waits for")
        for one in (busy, late):
            assert one.result().status_code == 504
            assert "within 0.5 s" in one.result().json()["error"]
        assert client.get("/health").json()["queue"]["waiting"] == 0
        pace.go_on.set()
        assert client.post("/link", json={"texts": ["gout"]}).status_code == 200
    assert "gout that nobody waits for" not in pace.seen


def test_the_pipeline_runs_in_one_thread(client: TestClient, pace: Pace, monkeypatch: pytest.MonkeyPatch, moody):
    threads = set()
    pipe = moody.pipe

    def watched(*args, **kwargs):
        threads.add(current_thread().name)
        return pipe(*args, **kwargs)

    monkeypatch.setattr(moody, "pipe", watched)
    with others(client) as asking:
        for one in [asking.link(f"gout {i}") for i in range(20)]:
            assert one.result().status_code == 200
    assert threads == {"angel-pipeline"}


def test_a_stopping_service_takes_nothing_and_answers_what_it_has(client: TestClient, pace: Pace):
    with others(client) as asking:
        accepted = [asking.keep_busy(pace), asking.link("gout")]
        asking.until_waiting(1)
        client.app.state.desk.is_stopping = True
        assert client.get("/health").json()["status"] == "stopping"
        refused = client.post("/link", json={"texts": ["gout"]})
        assert (refused.status_code, "stopping" in refused.json()["error"]) == (503, True)
        assert client.get("/search?q=gout").status_code == 503
        pace.go_on.set()
        assert [one.result().status_code for one in accepted] == [200, 200]


def test_the_time_until_an_answer_is_measured(serve: Serve, pace: Pace):
    client = serve(waiting=2, texts=2)
    with others(client) as asking:
        started = monotonic()
        busy = asking.keep_busy(pace)
        sleep(2.2)
        pace.go_on.set()
        busy.result()
        took = monotonic() - started
        pace.go_on.clear()
        pace.is_waiting.clear()
        asking.keep_busy(pace)
        asking.link("gout", "gout")
        asking.until_waiting(2)
        told = int(client.post("/link", json={"texts": ["gout"]}).headers["Retry-After"])
        assert 2 <= told <= took + 1
        pace.go_on.set()


def test_before_anything_was_measured_nobody_is_told_to_come_again_at_once(serve: Serve, pace: Pace):
    client = serve(waiting=4, texts=4)
    with others(client) as asking:
        busy = asking.keep_busy(pace)
        asking.link("gout", "gout", "gout", "gout")
        asking.until_waiting(4)
        assert client.post("/link", json={"texts": ["gout"] * 3}).headers["Retry-After"] == "3"
        pace.go_on.set()
        busy.result()


def test_texts_of_a_client_that_left_are_not_worked_on(serve: Serve, pace: Pace):
    client = serve()
    with others(client) as asking:
        busy = asking.keep_busy(pace)
        left = asking.threads.submit(client.portal.call, partial(ask_and_leave, client.app, b'{"texts": ["a", "b"]}'))
        asking.until_waiting(2)
        others_text = asking.link("gout")
        client.portal.call(LEAVE.set)
        left.result(10)
        asking.until_waiting(1)
        pace.go_on.set()
        assert (busy.result().status_code, others_text.result().status_code) == (200, 200)
    assert not {"a", "b"} & set(pace.seen)
    assert figure(client, 'angel_requests_total{route="/link",status="499"}') == 1


LEAVE = asyncio.Event()


async def ask_and_leave(app, body: bytes) -> None:
    """A request whose client is gone after `LEAVE`."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    LEAVE.clear()

    async def receive():
        if waiting:
            return waiting.pop()
        await LEAVE.wait()
        return {"type": "http.disconnect"}

    async def send(message) -> None:
        raise AssertionError("nobody is there")

    headers = [(b"content-type", b"application/json"), (b"host", b"testserver")]
    scope = {"type": "http", "method": "POST", "path": "/link", "raw_path": b"/link", "query_string": b""}
    await app({**scope, "headers": headers, "http_version": "1.1", "scheme": "http", "root_path": ""}, receive, send)


@pytest.mark.parametrize("wrong", [{"texts": 0}, {"seconds": -1}, {"seconds": inf}, {"texts": 9, "waiting": 8}])
def test_limits_that_cannot_be_are_refused(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match=r"limit of \w+ is|only 8 may wait"):
        Limits(**wrong)


def test_what_would_be_answered_too_late_is_refused_at_once(serve: Serve, pace: Pace):
    client = serve(seconds=5)
    desk = client.app.state.desk
    with others(client) as asking:
        busy = asking.keep_busy(pace)
        desk.worker._seconds = 1.0  # a text, and nobody waits: whatever comes is taken
        waiting = asking.link("gout 1", "gout 2", "gout 3", "gout 4", "gout 5", "gout 6")
        asking.until_waiting(6)
        refused = asking.link("gout 7").result()
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "3"  # until four wait, which would be done in time
        desk.worker._seconds = 0.1
        taken = asking.link("gout 8")
        asking.until_waiting(7)
        pace.go_on.set()
        assert [one.result().status_code for one in (busy, waiting, taken)] == [200, 200, 200]
