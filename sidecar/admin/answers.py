"""Answers: what the two listeners of the control plane say, and how.

JSON, or problem details (RFC 9457) with a stable `code`. No answer is cached,
framed, sniffed or shared with another origin.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

PROBLEM = "application/problem+json"

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_CODES = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_large",
}


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
        document = {
            "type": f"urn:sidecar:admin:{self.code}",
            "title": self.title,
            "status": int(self.status),
            "code": self.code,
            **self.more,
        }
        return as_json(
            document, self.status, content_type=PROBLEM, headers=self.headers
        )


def as_json(
    value: object,
    status: int = HTTPStatus.OK,
    *,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    content = json.dumps(value, allow_nan=False).encode("ascii") + b"\n"
    return web.Response(
        body=content, status=status, content_type=content_type, headers=headers
    )


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
        code = _CODES.get(status, "refused")
        return Problem(status, code, f"{status.phrase}.", headers=kept).response()


async def seal(_request: web.Request, response: web.StreamResponse) -> None:
    """Add what every answer carries; for `Application.on_response_prepare`."""
    response.headers.update(_HEADERS)
    response.headers.popall("Server", None)
