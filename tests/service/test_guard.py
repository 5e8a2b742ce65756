"""Headers, key, and the limits of what comes in."""

import gzip
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from service_toys import Serve

from angel_spacy.errors import ConfigError
from angel_spacy.service import create_app

EVERYWHERE = ["/", "/static/index.html", "/health", "/metrics", "/search?q=gout", "/concept/none", "/nowhere", "/link"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_the_headers_and_lets_no_other_origin_in(client: TestClient, path: str):
    headers = client.get(path, headers={"Origin": "https://elsewhere.example"}).headers
    assert headers["Content-Security-Policy"] == "default-src 'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_a_failure_of_our_own_has_headers_and_the_same_shape(client: TestClient):
    failed = client.post("/explain", json={"text": "boom", "start": 0, "end": 4})
    assert failed.status_code == 500
    assert "log" in failed.json()["error"]
    assert failed.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_wrong_with_the_headers_of_a_body_is_told(client: TestClient):
    asked = b'{"texts": ["gout"]}'
    unnamed = client.post("/link", content=asked)
    assert (unnamed.status_code, "Content-Type: application/json" in unnamed.json()["error"]) == (422, True)
    json = {"Content-Type": "application/json"}
    packed = client.post("/link", content=gzip.compress(asked), headers=json | {"Content-Encoding": "gzip"})
    assert (packed.status_code, "Content-Encoding" in packed.json()["error"]) == (415, True)
    assert client.post("/link", content=asked, headers=json | {"Content-Encoding": "identity"}).status_code == 200
    assert client.post("/link", content=asked, headers={"Content-Type": "application/ld+json"}).status_code == 200
    wrong = client.post("/link", content=b"5", headers=json)
    assert (wrong.status_code, "Content-Type" in wrong.json()["error"]) == (422, False)


def test_with_a_key_all_but_page_and_health_ask_for_it(serve: Serve):
    client = serve(api_key="ßecret")
    for path in ("/", "/static/index.html", "/health"):
        assert client.get(path).status_code == 200
    for path in ("/metrics", "/search?q=gout", "/concept/D006073", "/openapi.json", "/nowhere"):
        for headers in ({}, {"X-API-Key": "secret"}, {"X-API-Key": ""}, {"X-API-Key": "ßecre".encode()}):
            refused = client.get(path, headers=headers)
            assert refused.status_code == 401
            assert "X-API-Key" in refused.json()["error"]
    key = {"X-API-Key": "ßecret".encode()}
    assert client.get("/search?q=gout", headers=key).status_code == 200
    assert client.post("/link", json={"texts": ["gout"]}, headers=key).status_code == 200
    assert client.post("/link", json={"texts": ["gout"]}).status_code == 401


def test_an_empty_key_is_no_key(weighing):
    with pytest.raises(ConfigError, match="key is empty"):
        create_app(weighing, api_key="")


def test_too_many_texts_and_too_long_ones(serve: Serve):
    client = serve(texts=2, characters=10)
    assert client.post("/link", json={"texts": ["a" * 10, "b"]}).status_code == 200
    for wrong in (["a", "b", "c"], ["a", "b" * 11]):
        refused = client.post("/link", json={"texts": wrong})
        assert refused.status_code == 413
        assert "in parts" in refused.json()["error"]
    assert client.post("/explain", json={"text": "b" * 11, "start": 0, "end": 4}).status_code == 413
    split = {"title": "a" * 6, "abstract": "b" * 6}
    assert client.post("/link", json={"articles": [split]}).status_code == 413


def chunks(n: int) -> Iterator[bytes]:
    yield b'{"texts": ["'
    for _ in range(n):
        yield b"x" * 100
    yield b'"]}'


def test_a_body_that_is_too_large_is_refused_before_it_is_there(serve: Serve):
    client = serve(bytes=1000)
    json = {"Content-Type": "application/json"}
    assert client.post("/link", content=b" " * 1001, headers=json).status_code == 413
    assert client.post("/link", content=chunks(11), headers=json).status_code == 413
    assert client.post("/read?name=a.txt", content=chunks(11)).status_code == 413
    assert client.request("GET", "/health", content=b" " * 1001).status_code == 413
    assert client.post("/link", content=chunks(9), headers=json).status_code == 200


def test_bytes_that_were_refused_do_not_count_for_ever(serve: Serve):
    client = serve(bytes=1000)
    for _ in range(40):
        assert client.post("/read?name=a.txt", content=chunks(11)).status_code == 413
        assert client.post("/read?name=a.txt", content=chunks(5)).status_code == 200


def test_addresses_that_are_not_there(client: TestClient):
    for path in ("/nowhere", "/docs", "/redoc", "/static/../app.py", "/static/%2e%2e/app.py"):
        missing = client.get(path)
        assert missing.status_code == 404
        assert missing.json()["error"]
    wrong = client.put("/link", json={})
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
    assert "PUT" in wrong.json()["error"]


def test_whoever_asks_for_headers_only_gets_those_of_the_answer(client: TestClient):
    for path in ("/", "/health", "/concept/D006073", "/nowhere"):
        asked, whole = client.head(path), client.get(path)
        assert asked.status_code == whole.status_code
        assert asked.headers["Content-Type"] == whole.headers["Content-Type"]


def test_requests_are_counted_by_the_pattern_of_their_address(client: TestClient):
    for path in ("/concept/D006073", "/concept/none", "/concept/more", "/any", "/thing", "/"):
        client.get(path)
    text = client.get("/metrics").text
    assert 'angel_requests_total{route="/concept/{concept_id:path}",status="404"} 2.0' in text
    assert 'angel_requests_total{route="other",status="404"} 2.0' in text
    assert 'angel_request_seconds_count{route="/"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_health_says_what_answers(client: TestClient):
    found = client.get("/health").json()
    assert found["status"] == "ok"
    assert found["kb"] | {"concepts": 3, "version": "1", "source": "jsonl/tiny.jsonl"} == found["kb"]
    assert found["labels"] == ["CHEMICAL", "DISEASE"]
    assert found["queue"] == {"waiting": 0, "limit": 256}
    assert found["limits"] == {"texts": 100, "characters": 100_000, "bytes": 10_000_000, "seconds": 60.0}
    assert set(found["pipeline"]) == {"name", "version"}
