"""The application: its routes, and what stands around them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader
from spacy.language import Language
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from .. import __version__
from ..component.linker import AngelLinker
from ..errors import AngelError, ConfigError
from .answers import refuse_http, refuse_invalid, refuse_wrong
from .desk import Desk
from .guard import KEY_HEADER, Guard
from .info import pipeline_info
from .limits import Limits
from .routes import concepts, files, linking, refusals, watching

PAGE = Path(__file__).parent / "page"
_LAST_BATCH = 30.0  # seconds that it may take when nobody waits for it any more

log = logging.getLogger(__name__)


def make_app(nlp: Language, limits: Limits, api_key: str | None) -> FastAPI:
    """Guard -> routes -> desk -> worker: the application, whose worker runs from its beginning to its end."""
    if api_key == "":
        raise ConfigError("The API key is empty: give one, or none at all.")
    linker = _linker(nlp)
    linker.make_ready()
    desk = Desk(nlp, linker, limits)
    app = FastAPI(title="angel-spacy", version=__version__, lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.desk = desk
    known = pipeline_info(nlp, linker)
    secured = [] if api_key is None else [Depends(APIKeyHeader(name=KEY_HEADER, auto_error=False))]
    for router in (linking(desk), concepts(linker), files(limits), watching(desk, known)):
        app.include_router(router, dependencies=secured, responses=refusals(401) if secured else {})
    _add_page(app)
    app.add_middleware(Guard, desk=desk, api_key=api_key)
    app.add_exception_handler(HTTPException, refuse_http)
    app.add_exception_handler(RequestValidationError, refuse_invalid)
    app.add_exception_handler(AngelError, refuse_wrong)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    desk.worker.start()
    yield
    if not desk.worker.stop(_LAST_BATCH):
        log.warning("The last texts take more than %g s: nobody waits for them.", _LAST_BATCH)


def _linker(nlp: Language) -> AngelLinker:
    linker = next((pipe for _, pipe in nlp.pipeline if isinstance(pipe, AngelLinker)), None)
    if linker is None:
        raise ConfigError("The pipeline has no angel_linker: add one.")
    return linker


def _add_page(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    app.mount("/static", StaticFiles(directory=PAGE))
