"""Tests reach this machine and no other one."""

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_another_machine_is_not_asked(host: str):
    with pytest.raises(RuntimeError, match="tests reach no machine"):
        socket.create_connection((host, 80), timeout=1)


def test_this_machine_is():
    with socket.create_server(("localhost", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=10).close()
