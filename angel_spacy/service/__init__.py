"""The pipeline behind HTTP: `create_app` makes the application, `serve` runs it. Both need the extra `serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import MissingExtraError
from .limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from spacy.language import Language

__all__ = ["Limits", "create_app", "serve"]

_EXTRA = 'The service needs FastAPI, uvicorn and prometheus-client: pip install "angel-spacy[serve]"'


def create_app(nlp: Language, *, limits: Limits | None = None, api_key: str | None = None) -> FastAPI:
    """The application over a pipeline with an `angel_linker`; from then on the pipeline is the application's alone.

    `api_key`: what every request but those for the page and /health must bring. Raises ConfigError.
    """
    try:
        from .app import make_app
    except ImportError as error:
        raise MissingExtraError(_EXTRA) from error
    return make_app(nlp, limits or Limits(), api_key)


def serve(load: Callable[[], FastAPI], host: str, port: int, *, ready: Callable[[str], Any]) -> None:
    """Serves what `load` gives until SIGTERM or SIGINT; `ready` is told the address. Raises ConfigError.

    The port is taken first, so that one that is in use is known before a pipeline is read.
    """
    try:
        from .server import run
    except ImportError as error:
        raise MissingExtraError(_EXTRA) from error
    run(load, host, port, ready)
