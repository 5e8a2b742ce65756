"""`angel serve`: a pipeline behind HTTP, and a page for the browser."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigError
from .errors import fails_in_one_line
from .messages import good, info, warn
from .options import (
    BeamMargin,
    Composites,
    ExactMatch,
    KnowledgeBaseFolder,
    PipelineArgument,
    Precision,
    Threshold,
)

if TYPE_CHECKING:
    from fastapi import FastAPI

_KEY = "ANGEL_API_KEY"
_LOCAL = ("127.0.0.1", "::1", "localhost")


@fails_in_one_line
def serve(
    pipeline: PipelineArgument,
    kb: KnowledgeBaseFolder = None,
    host: Annotated[str, typer.Option(help="address to listen at; 0.0.0.0 for all of this machine's")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen at; 0 for a free one", min=0, max=65535)] = 8000,
    api_key: Annotated[str | None, typer.Option(envvar=_KEY, help="what requests must send as X-API-Key")] = None,
    threshold: Threshold = None,
    precision: Precision = None,
    exact_match: ExactMatch = None,
    beam_margin: BeamMargin = None,
    composites: Composites = False,
    texts: Annotated[int, typer.Option(help="most texts of a request", min=1)] = 100,
    characters: Annotated[int, typer.Option(help="most characters of a text", min=1)] = 100_000,
    megabytes: Annotated[int, typer.Option(help="most megabytes of a body", min=1)] = 10,
    seconds: Annotated[float, typer.Option(help="longest time until an answer", min=0.1)] = 60.0,
    waiting: Annotated[int, typer.Option(help="most texts that wait, of all clients; at least --texts", min=1)] = 256,
) -> None:
    """Serve a pipeline over HTTP, and a page at the same address.

    SIGTERM or Ctrl-C: nothing new is taken, what was accepted is answered, then it ends. See docs/service.md.
    """
    from ..component.loading import ready_pipeline
    from ..component.workers import return_large_blocks
    from ..service import Limits, create_app
    from ..service import serve as run

    limits = Limits(texts, characters, megabytes * 1_000_000, seconds, waiting)
    if api_key is None and os.environ.get(_KEY) == "":
        raise ConfigError(f"The variable {_KEY} is empty: give it a key, or unset it.")
    if api_key is None and host not in _LOCAL:
        warn(f"Whoever reaches {host}:{port} can use it: give an --api-key.")

    def load() -> "FastAPI":
        info(f"Reading {pipeline}; its address comes when it is ready.")
        return_large_blocks()
        nlp, _ = ready_pipeline(
            pipeline,
            kb,
            threshold=threshold,
            precision=precision,
            exact_match=exact_match,
            beam_margin=beam_margin,
            composites=composites or None,
        )
        return create_app(nlp, limits=limits, api_key=api_key)

    run(load, host, port, ready=lambda address: good(f"{address} (Ctrl-C ends it)"))
