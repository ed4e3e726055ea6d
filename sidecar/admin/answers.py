"""Answers: what the admin listener says, as aiohttp writes it."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from sidecar.admin.said import CODES, JSON, PROBLEM, SEAL, problem, written


class Problem(Exception):
    """A request that is not served; becomes problem details."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        title: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.code = code
        self.title = title
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def response(self) -> web.Response:
        content = problem(self.status, self.code, self.title, self.more)
        return web.Response(
            body=content,
            status=self.status,
            content_type=PROBLEM,
            headers=self.headers,
        )


def wrong(title: str) -> Problem:
    """What was sent says nothing that can be done; `title` says what would."""
    return Problem(HTTPStatus.BAD_REQUEST, "bad_request", title)


def told(content: bytes) -> object:
    """The JSON that was sent; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def as_json(value: object, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(body=written(value), status=status, content_type=JSON)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Render refusals, ours and those of aiohttp's router."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        status = HTTPStatus(error.status)
        kept = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        code = CODES.get(status, "refused")
        return Problem(status, code, f"{status.phrase}.", headers=kept).response()


async def seal(_request: web.Request, response: web.StreamResponse) -> None:
    """Add what every answer carries; for `Application.on_response_prepare`."""
    response.headers.update(SEAL)
    response.headers.popall("Server", None)
