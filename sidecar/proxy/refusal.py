"""Refusal: the one place where an error becomes a response.

Problem details (RFC 9457) with our stable `code`, or a line of text for clients
that do not accept JSON; Proxy-Status (RFC 9209) says whose fault it was.
"""

import json
from math import ceil

from sidecar.errors import MethodNotAllowed, SidecarError
from sidecar.proxy.answer import Answer
from sidecar.semantics.message import Fields, RequestHead
from sidecar.semantics.negotiation import prefers

JSON = b"application/problem+json"
TEXT = b"text/plain"
OFFERS = (JSON, b"application/json", TEXT)

ALLOW = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def refusal(error: SidecarError, request: RequestHead, request_id: bytes) -> Answer:
    """Answer `request` with `error`; nothing of `error.detail` is in it."""
    as_text = prefers(request.values.get(b"accept"), OFFERS) == TEXT
    content = _text(error, request_id) if as_text else _problem(error, request_id)
    fields: Fields = [
        (b"Content-Type", TEXT + b"; charset=utf-8" if as_text else JSON),
        (b"Cache-Control", b"no-store"),
        (b"Proxy-Status", b"sidecar; error=" + error.error.encode("ascii")),
    ]
    if error.retry_after is not None:
        fields.append((b"Retry-After", b"%d" % ceil(error.retry_after)))
    if isinstance(error, MethodNotAllowed):
        fields.append((b"Allow", ALLOW))
    return Answer(error.status, content, fields)


def _problem(error: SidecarError, request_id: bytes) -> bytes:
    document = {
        "type": error.type or f"urn:sidecar:error:{error.code}",
        "title": error.title,
        "status": int(error.status),
        "code": error.code,
        **error.members,
    }
    if request_id:
        document["request_id"] = request_id.decode("latin-1")
    return json.dumps(document).encode("utf-8") + b"\n"


def _text(error: SidecarError, request_id: bytes) -> bytes:
    line = f"{int(error.status)} {error.code}: {error.title}\n".encode()
    return line + b"request " + request_id + b"\n" if request_id else line
