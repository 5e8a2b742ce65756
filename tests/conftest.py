"""Puts this folder on the import path (`toys`) and settles hypothesis: no deadlines on a busy machine."""

from hypothesis import settings

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("quick")
