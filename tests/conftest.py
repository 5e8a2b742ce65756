"""Puts this folder on the import path (`toys`), settles torch and hypothesis for a busy machine, keeps tests from the
net: only this machine can be reached."""

import os
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings

# One processor thread, in processes that tests start too: sums in one order, and small networks are much faster.
os.environ["OMP_NUM_THREADS"] = "1"

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("quick")


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine() -> Iterator[None]:
    """What asks for another machine fails. Tests with a server of their own (kb get, serve, Ray) need localhost."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_names(socket.getaddrinfo))
        yield


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and self.type != socket.SOCK_DGRAM:
            _check_local(address[0])
        return connect(self, address)

    return guarded


def _guarded_names(look_up: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check_local(host)
        return look_up(host, *args, **kwargs)

    return guarded


def _check_local(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return
    try:
        is_local = ip_address(name).is_loopback or name in ("0.0.0.0", "::") or name in _own_addresses()
    except ValueError:
        is_local = False
    if not is_local:
        raise RuntimeError(f"A test asks for {name}: tests reach no machine but this one.")


def _own_addresses() -> set[str]:
    """What this machine is called by its own name: Ray uses that."""
    try:
        return set(socket.gethostbyname_ex(socket.gethostname())[2])
    except OSError:
        return set()
