import pytest


@pytest.fixture(scope="module", autouse=True)
def _one_thread(one_thread: None) -> None:
    """Here nothing depends on threads, and small networks are ten times as fast with one."""
