"""The routes: what a request becomes, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..component.linker import AngelLinker
from ..corpora.jsonl import linked_article_of, record_of
from ..errors import CorpusError
from ..records import Article
from . import schema
from .answers import answer
from .concepts import Search, found, shown
from .desk import Desk
from .info import state
from .limits import Limits
from .metrics import CONTENT_TYPE
from .reading import READABLE, read
from .strict import StrictRoute

Refusals = dict[int | str, dict[str, Any]]

_LONGEST_QUERY = 200  # characters
_READERS = 2  # files that are read at a time
_FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}, "required": True}


def refusals(*statuses: int) -> Refusals:
    """The statuses, of which /openapi.json says that they come with our sentence."""
    return {status: {"model": schema.Error} for status in statuses}


def linking(desk: Desk) -> APIRouter:
    """/link and /explain."""
    router = APIRouter(route_class=StrictRoute, responses=refusals(400, 413, 415, 422, 429, 503, 504))

    @router.post("/link", response_model=schema.Articles)
    async def link(asked: schema.LinkRequest) -> Response:
        """Find the mentions of each text and link them, or link those that are given."""
        articles = _articles(asked.records(), desk.limits, with_mentions=asked.given)
        linked = await desk.link(articles, given=asked.given)
        return answer({"articles": list(map(record_of, linked))})

    @router.post("/explain", response_model=schema.Reasons)
    async def explain(asked: schema.ExplainRequest) -> Response:
        """Say what speaks for the candidates of a mention, or for one concept beside the one that is ranked first."""
        (article,) = _articles([asked.record()], desk.limits, with_mentions=True)
        told = await desk.explain(article, asked.concept_id)
        if asked.concept_id is not None:
            return answer({"lines": told})
        candidates = [{"id": one, "name": name, "lines": lines} for one, name, lines in told.candidates]
        return answer({"lines": told.lines, "candidates": candidates})

    return router


def concepts(linker: AngelLinker) -> APIRouter:
    """/search and /concept, which the worker has no part in: they only read the knowledge base."""
    router = APIRouter(responses=refusals(400, 413, 415, 422, 429, 503))
    kb, by_name = linker.kb, Search(linker)

    @router.get("/search", response_model=schema.Concepts)
    def search(
        q: Annotated[str, Query(min_length=1, max_length=_LONGEST_QUERY, description="a name, how it begins, an id")],
        limit: Annotated[int, Query(ge=1, le=100, description="most concepts")] = 20,
    ) -> Response:
        """Concepts with a name that begins so, then those with names that lie near."""
        return answer({"concepts": list(map(found, by_name.concepts(q, limit)))})

    @router.get("/concept/{concept_id:path}", response_model=schema.Concept, responses=refusals(404))
    def concept(concept_id: str) -> Response:
        """The concept with this id, primary or alternative, with all its names."""
        row = kb.resolve(concept_id)
        if row is None:
            raise HTTPException(404, f"There is no concept {concept_id!r} here; look for it with /search.")
        return answer(shown(kb.concept(row)))

    return router


def files(limits: Limits) -> APIRouter:
    """/read."""
    router = APIRouter(responses=refusals(400, 413, 415, 422, 429, 503))
    one_of_few = anyio.CapacityLimiter(_READERS)

    @router.post("/read", response_model=schema.FileContent, openapi_extra={"requestBody": _FILE})
    async def read_file(
        request: Request,
        name: Annotated[str, Query(max_length=_LONGEST_QUERY, description="of the file: its end tells the format")],
    ) -> Response:
        content = await request.body()
        reading = await anyio.to_thread.run_sync(read, content, name, limits, limiter=one_of_few)
        return answer({"articles": list(map(record_of, reading.articles)), "problems": reading.problems})

    read_file.__doc__ = f"The articles of a file: {', '.join(READABLE)}; gzip too."
    return router


def watching(desk: Desk, known: dict[str, Any]) -> APIRouter:
    """/health and /metrics. `known`: what is said of the pipeline."""
    router = APIRouter(responses=refusals(400, 413, 415, 429))

    @router.get("/health", response_model=schema.Health)
    async def health() -> Response:
        """What answers here, how much waits, and what may be asked."""
        return answer(known | state(desk))

    @router.get("/metrics", response_class=Response, responses={200: {"content": {CONTENT_TYPE: {}}}})
    async def metrics() -> Response:
        """The figures for Prometheus."""
        return Response(desk.metrics.text(), media_type=CONTENT_TYPE)

    return router


def _articles(records: list[dict[str, Any]], limits: Limits, *, with_mentions: bool) -> list[Article]:
    """The articles of a request. Raises CorpusError for a broken one, HTTPException (413) for too much of them."""
    if len(records) > limits.texts:
        raise HTTPException(413, f"A request may have {limits.texts} texts; send the {len(records):,} in parts.")
    articles = []
    for number, record in enumerate(records, 1):
        try:
            article = linked_article_of(record if with_mentions else record | {"mentions": []}).article
        except CorpusError as error:
            raise CorpusError(f"text {number}: {error}") from None
        if len(article.text) > limits.characters:
            raise HTTPException(413, f"text {number}: it may have {limits.characters:,} characters; send it in parts.")
        articles.append(article)
    return articles
