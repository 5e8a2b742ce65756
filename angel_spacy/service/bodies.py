"""The bodies of requests, read whole before the application sees them, and never too much of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from .limits import Limits

_LARGEST = 8  # bodies of the greatest size that may be in memory together


class Bodies:
    """All bodies that are in memory."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._n_bytes = 0

    @asynccontextmanager
    async def whole(self, headers: Headers, receive: Receive) -> AsyncIterator[Receive]:
        """A `receive` that gives the body in one piece; within the block it counts as in memory.

        Raises HTTPException: 415 for one that is packed on its way, 413 for one that says or turns out to be too large,
        429 where all together are, 400 for one that does not come in time or ends too early.
        """
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise HTTPException(415, "Bodies with a Content-Encoding are not read; send it as it is.")
        self._check(int(headers.get("content-length") or 0))
        chunks: list[bytes] = []
        try:
            with anyio.fail_after(self._limits.seconds):
                async for chunk in _chunks(receive):
                    chunks.append(chunk)
                    self._n_bytes += len(chunk)
                    self._check(sum(map(len, chunks)))
            yield _again(b"".join(chunks), receive)
        except TimeoutError:
            raise HTTPException(400, "The body took too long to come; send it faster, or less of it.") from None
        finally:
            self._n_bytes -= sum(map(len, chunks))

    def _check(self, size: int) -> None:
        most = self._limits.bytes
        if size > most:
            raise HTTPException(413, f"A body may have {most:,} bytes; send less at a time.")
        if self._n_bytes > _LARGEST * most:
            raise HTTPException(429, "Too many bytes of others are coming in; send it again.", {"Retry-After": "1"})


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(400, "The body ended too early; send all of it.")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body, then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
