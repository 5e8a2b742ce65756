"""Puts this folder on the import path (`toys`) and settles hypothesis: no deadlines on a busy machine."""

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("quick")


@pytest.fixture(scope="module")
def one_thread():
    """One processor thread for torch: sums in one order, and small networks are no faster with more."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
