"""JSON as RFC 8259 has it: what Python's reader takes besides is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route whose JSON body has no NaN, no half character, and no endless nesting. Answers 400 otherwise."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler over such a body."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict


class _StrictRequest(Request):
    async def json(self) -> Any:
        try:
            text = (await self.body()).decode("utf-8")
            found = json.loads(text, parse_constant=_refuse)
            json.dumps(found, ensure_ascii=False).encode("utf-8")
        except UnicodeError:
            raise HTTPException(400, "The body is not UTF-8 or has half a character; send whole ones.") from None
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"The body is not JSON ({error}); correct it.") from None
        return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
