"""Odd requests to the service's application: each is answered by it in its own words, and never with a failure."""

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from .fuzz import Target, fuzz
from .mutation import Files
from .toys import TEXTS, toy_pipeline
from .trials import Effort, Outcome

_KEPT_AWAY = {503, 504}  # a service that stops, and one that is late
_JSON = b"content-type: application/json"
_ONE = {"text": TEXTS[0], "start": 0, "end": 4, "label": "DISEASE"}
_GIVEN = {"articles": [{"id": "7", "text": TEXTS[0], "mentions": [{"start": 0, "end": 4, "label": "DISEASE"}]}]}
_PUBTATOR = b"7|t|Gout and aspirin.\n7|a|None.\n7\t0\t4\tGout\tDisease\tD006073\n\n"


def run(effort: Effort) -> Outcome:
    """Requests to every route."""
    return fuzz([target()], effort)


def target() -> Target:
    """Valid requests, and who asks."""
    samples = [
        _request("POST /link", json.dumps({"texts": list(TEXTS)}).encode()),
        _request("POST /link", json.dumps({**_GIVEN, "given": True}).encode()),
        _request("POST /explain", json.dumps(_ONE).encode()),
        _request("POST /explain", json.dumps({**_ONE, "concept_id": "D006073"}).encode()),
        _request("POST /read?name=a.pubtator", _PUBTATOR),
        _request("POST /read?name=a.jsonl", b'{"id": "1", "text": "Gout."}\n'),
        _request("GET /search?q=gout&limit=5"),
        _request("GET /concept/D006073"),
        _request("GET /static/page.js"),
        _request("GET /health"),
    ]
    return Target("requests", samples, _asked, begin=_service)


def _request(line: str, body: bytes = b"") -> Files:
    return {"body": body, "head": b"\n".join([line.encode(), _JSON])}


def _asked(folder: Path) -> None:
    """Sends the request that is in the folder."""
    method, path, query, headers = _parsed(_content(folder / "head"))
    status, head, body = _service().ask(method, path, query, headers, _content(folder / "body"))
    assert status < 500 or status in _KEPT_AWAY, f"{status} {body[:200]!r}"
    if status >= 400 and head.get(b"content-type", b"").startswith(b"application/json"):
        assert json.loads(body)["error"], body[:200]
    assert b"Traceback" not in body


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _parsed(head: bytes) -> tuple[str, bytes, bytes, list[tuple[bytes, bytes]]]:
    """Method, path, query and headers, as a server would have found them in these lines."""
    first, *rest = head.split(b"\n")
    method, _, target = first.partition(b" ")
    path, _, query = target.partition(b"?")
    headers = [(name.lower().strip(), value.strip()) for name, _, value in (line.partition(b":") for line in rest)]
    return method.decode("latin-1") or "GET", path or b"/", query, headers


class _Service:
    """The application over the toy pipeline, asked without a server between."""

    def __init__(self) -> None:
        from angel_spacy.service import Limits, create_app

        self._app = create_app(toy_pipeline(), limits=Limits(seconds=20))
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._app.router.lifespan_context(self._app).__aenter__())

    def ask(
        self, method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> tuple[int, Mapping[bytes, bytes], bytes]:
        """Status, headers and body of the answer."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path,
            "root_path": "",
            "query_string": query,
            "headers": [(b"host", b"localhost"), *headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        return self._loop.run_until_complete(self._answer(scope, body))

    async def _answer(self, scope: dict[str, Any], body: bytes) -> tuple[int, Mapping[bytes, bytes], bytes]:
        coming = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if coming:
                return coming.pop()
            await asyncio.sleep(3600)  # who asks stays
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        head = sent[0]
        return head["status"], dict(head["headers"]), b"".join(one.get("body", b"") for one in sent[1:])


@cache
def _service() -> _Service:
    """One in each process that asks."""
    return _Service()
