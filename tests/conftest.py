"""Puts this folder on the import path (`toys`), and settles torch and hypothesis for a busy machine."""

import os

from hypothesis import settings

# One processor thread, in processes that tests start too: sums in one order, and small networks are much faster.
os.environ["OMP_NUM_THREADS"] = "1"

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("quick")
