"""Said: what the two listeners of the control plane answer, whoever writes it.

JSON, or problem details (RFC 9457) with a stable `code`. No answer is cached,
framed, sniffed or shared with another origin.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
TEXT: Final = "text/plain; charset=utf-8"

SEAL: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer carries."""
CODES: Mapping[HTTPStatus, str] = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_large",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
}


@dataclass(frozen=True, slots=True)
class Said:
    """An answer without its head; `fields` are those beside `SEAL`."""

    content: bytes
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = TEXT
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object) -> "Said":
        return cls(written(value), content_type=JSON)

    @classmethod
    def refused(
        cls, status: HTTPStatus, fields: Mapping[str, str] = MappingProxyType({})
    ) -> "Said":
        content = problem(status, CODES[status], f"{status.phrase}.")
        return cls(content, status, PROBLEM, fields)


def written(value: object) -> bytes:
    return json.dumps(value, allow_nan=False).encode("ascii") + b"\n"


def problem(
    status: HTTPStatus,
    code: str,
    title: str,
    more: Mapping[str, object] = MappingProxyType({}),
) -> bytes:
    return written(
        {
            "type": f"urn:sidecar:admin:{code}",
            "title": title,
            "status": int(status),
            "code": code,
            **more,
        }
    )
