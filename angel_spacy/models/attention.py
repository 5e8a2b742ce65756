"""Which of the equal ways to attend a network takes while it learns."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def fast_attention(network: Any) -> Iterator[None]:
    """Within, attention on a processor is plain matrix products.

    For short texts torch's fused attention has a backward pass that takes as long as all the rest of the network. On
    other devices nothing changes.
    """
    usual = getattr(network.config, "_attn_implementation", None)
    if network.device.type != "cpu" or usual in (None, "eager"):
        yield
        return
    network.set_attn_implementation("eager")
    try:
        yield
    finally:
        network.set_attn_implementation(usual)
