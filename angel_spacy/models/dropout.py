"""How much a network draws at random while it learns."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_RATES = ("p", "dropout", "activation_dropout", "attention_dropout", "layerdrop")  # as Hugging Face's modules call them


@contextmanager
def dropout_at(network: Any, rate: float) -> Iterator[None]:
    """Within, hidden states and attention weights are dropped at `rate` in training mode, whole layers never are.

    At 0.0 nothing is drawn at random, in training mode too (so that gradient checkpointing works).
    """
    kept = [
        (module, name, value)
        for module in network.modules()
        for name in _RATES
        if isinstance(value := getattr(module, name, None), float)
    ]
    for module, name, _ in kept:
        setattr(module, name, rate if name in ("p", "dropout") else 0.0)
    try:
        yield
    finally:
        for module, name, value in kept:
            setattr(module, name, value)
