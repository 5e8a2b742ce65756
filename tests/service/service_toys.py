"""A component that waits or fails where its texts say so."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

from spacy.language import Language

Serve = Callable[..., Any]
"""Makes a client of an application with these limits."""


class Pace:
    """What texts with certain words do to the pipeline, and which ones it has seen."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.is_waiting = Event()
        self.seen: list[str] = []


PACE = Pace()


@Language.component("service_toy")
def service_toy(doc):
    PACE.seen.append(doc.text)
    if "wait" in doc.text:
        PACE.is_waiting.set()
        PACE.go_on.wait(20)
    if "boom" in doc.text:
        raise RuntimeError("it went off")
    return doc
