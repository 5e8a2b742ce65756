"""Answers, and refusals with their one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..errors import AngelError
from .reading import TooMuchError


def answer(content: Any) -> Response:
    """`content` as JSON."""
    return Response(json.dumps(content, ensure_ascii=False), media_type="application/json")


def refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """Why there is no other answer, and what to do."""
    content = json.dumps({"error": sentence})  # in ASCII: it may quote half a character
    return Response(content, status, headers=headers, media_type="application/json")


async def refuse_http(request: Request, error: Any) -> Response:
    """Starlette's errors: those that we raise, an unknown path, a wrong method."""
    sentence = error.detail
    if error.status_code == 404 and sentence == "Not Found":
        sentence = "There is nothing at this address; see /openapi.json for those that there are."
    if error.status_code == 405:
        sentence = f"{request.method} is not answered here; see /openapi.json for what is."
    return refusal(error.status_code, sentence, error.headers)


async def refuse_invalid(request: Request, error: Exception) -> Response:
    """What a request lacks or has wrong: the first of it."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["loc"] == ("body",) and "json" not in request.headers.get("content-type", "").lower():
        return refusal(422, "body: expected JSON; send it with the header Content-Type: application/json.")
    place = ".".join(map(str, first["loc"][1:])) or str(first["loc"][0])
    return refusal(422, f"{place}: {first['msg'].removeprefix('Value error, ')}; correct it.")


async def refuse_wrong(request: Request, error: Exception) -> Response:
    """What the rooms below say of wrong input."""
    assert isinstance(error, AngelError)
    return refusal(413 if isinstance(error, TooMuchError) else 422, str(error))


def failed() -> Response:
    """What nobody foresaw."""
    return JSONResponse({"error": "The service failed; its log says why, tell who runs it."}, 500)
