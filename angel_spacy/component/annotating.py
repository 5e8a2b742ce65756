"""Docs that are annotated together, and one by one where that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from spacy.tokens import Doc

from .links import LinkedDoc

Predict = Callable[[list[Doc]], Sequence[LinkedDoc]]


def annotated(
    pipe: Any, docs: list[Doc], predict: Predict, write: Callable[[Iterable[Doc], Iterable[LinkedDoc]], None]
) -> list[Doc]:
    """The Docs with what was predicted. Where that fails, each is tried by itself (`pipe.predict`), so that only those
    at fault go to the error handler of `pipe`."""
    try:
        write(docs, predict(docs))
        return docs
    except Exception as error:  # whatever went wrong, spaCy's error handler decides
        failure = error
    if len(docs) > 1:
        return [doc for one in docs for doc in annotated(pipe, [one], pipe.predict, write)]
    pipe.get_error_handler()(pipe.name, pipe, docs, failure)
    return []
