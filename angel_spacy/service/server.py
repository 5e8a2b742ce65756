"""uvicorn around the application: one process, which answers what it has accepted before it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from ..errors import ConfigError
from .desk import Desk

_IDLE = 75  # seconds that a connection is kept, longer than clients are told to wait
_SLOW_CLIENTS = 5  # seconds to fetch the last answers


def run(load: Callable[[], FastAPI], host: str, port: int, ready: Callable[[str], Any]) -> None:
    """Takes the port, loads the application, and serves it until SIGTERM or SIGINT; see `service.serve`."""
    with _socket(host, port) as listener:
        app = load()
        config = uvicorn.Config(
            app,
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=_IDLE,
            timeout_graceful_shutdown=_SLOW_CLIENTS,
        )
        shown = f"[{host}]" if ":" in host else host
        server = _Server(config, app.state.desk, lambda: ready(f"http://{shown}:{listener.getsockname()[1]}"))
        server.run([listener])
    if app.state.desk.worker.is_busy():
        os._exit(0)  # a thread inside torch would bring the interpreter's own end down


class _Server(uvicorn.Server):
    """Stops in two steps: nothing new is taken; when all is answered, the end."""

    def __init__(self, config: uvicorn.Config, desk: Desk, ready: Callable[[], Any]) -> None:
        super().__init__(config)
        self._desk, self._ready = desk, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's, then tells that it is ready."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal ends the taking of requests; a second one ends everything."""
        if self._desk.is_stopping:
            os._exit(1)  # as it stands: what is torn down in the midst of its work fills the log
        self._desk.is_stopping = True

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to end, asked ten times a second. Every request has its time limit, so the time comes."""
        return await super().on_tick(counter) or (self._desk.is_stopping and not self._desk.n_open)


def _socket(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigError(f"{host}:{port} cannot be used ({error.strerror}); choose another host or port.") from None
