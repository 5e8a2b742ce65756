"""What every request passes before the application sees it, and every answer on its way out."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answers import failed, refuse_http
from .bodies import Bodies
from .desk import Desk

KEY_HEADER = "X-API-Key"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}

_STATIC = "/static/"
_WITHOUT_KEY = ("/", "/health")
_WHILE_STOPPING = ("/health", "/metrics")
_CLIENT_LEFT = 499  # what nginx calls it; nobody sees it but the metrics

log = logging.getLogger(__name__)


class Guard:
    """The application behind its key and the limit of bodies. It counts requests and gives answers their headers."""

    def __init__(self, app: ASGIApp, desk: Desk, api_key: str | None) -> None:
        self._app, self._desk, self._bodies = app, desk, Bodies(desk.limits)
        self._api_key = None if api_key is None else api_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the application's own beginning and end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the same answer, of which servers send the headers alone
        started, out = time.perf_counter(), _Outgoing(send)
        self._desk.n_open += 1
        try:
            await self._answer(scope, receive, out)
        finally:
            self._desk.n_open -= 1
            self._desk.metrics.note_request(_route(scope), out.status, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, out: _Outgoing) -> None:
        try:
            self._admit(scope)
            async with self._bodies.whole(Headers(scope=scope), receive) as whole:
                if not await _while_there(self._app(scope, whole, out), receive):
                    out.status = out.status or _CLIENT_LEFT
        except HTTPException as error:
            await (await refuse_http(Request(scope), error))(scope, receive, out)
        except Exception:  # the application's own handlers know nothing of it
            log.exception("%s %s failed", scope["method"], _route(scope))
            if out.status:
                raise
            await failed()(scope, receive, out)

    def _admit(self, scope: Scope) -> None:
        path = scope["path"]
        if self._api_key is not None and path not in _WITHOUT_KEY and not path.startswith(_STATIC):
            given = Headers(scope=scope).get(KEY_HEADER, "").encode("latin-1")
            if not hmac.compare_digest(given, self._api_key):
                wrong = f"The header {KEY_HEADER} is missing or wrong; send the key that the service was started with."
                raise HTTPException(401, wrong, {"WWW-Authenticate": KEY_HEADER})
        if self._desk.is_stopping and path not in _WHILE_STOPPING:
            raise HTTPException(503, "The service is stopping; ask again later, or another one.")


class _Outgoing:
    """`send` with our headers; `status` of what was sent, 0 before."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message).update(HEADERS)
        await self._send(message)


async def _while_there(answering: Awaitable[None], receive: Receive) -> bool:
    """Answers, or gives it up when the client is gone: then it is False. What waits for nobody is not to be done."""
    answer, leaving = asyncio.ensure_future(answering), asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((answer, leaving), return_when=asyncio.FIRST_COMPLETED)
        if is_answered := answer.done():
            await answer
        return is_answered
    finally:
        for task in (answer, leaving):
            task.cancel()
        await asyncio.gather(answer, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _route(scope: Scope) -> str:
    """The pattern of the address, so that there are few of them; "other" for unknown ones."""
    return getattr(scope.get("route"), "path", "other")
