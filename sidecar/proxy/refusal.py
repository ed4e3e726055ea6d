"""Refusal: the one place where an error becomes a response.

Problem details (RFC 9457) with our stable `code`, or a line of text for clients
that do not accept JSON; Proxy-Status (RFC 9209) says whose fault it was. What is the
same for all errors of a kind is written once: who is refused must cost next to nothing.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from math import ceil

from sidecar.errors import MethodNotAllowed, SidecarError
from sidecar.proxy.answer import Answer
from sidecar.semantics.message import Fields, RequestHead
from sidecar.semantics.negotiation import prefers
from sidecar.units import Bytes

JSON = b"application/problem+json"
TEXT = b"text/plain"
OFFERS = (JSON, b"application/json", TEXT)

ALLOW = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

# Of Accept fields: what clients send is nearly always one of a few.
REMEMBERED = 256
LONGEST: Bytes = 256


@dataclass(frozen=True, slots=True)
class Form:
    """Of one kind of error: its document without the end, a line of text, a field."""

    document: bytes
    line: bytes
    proxy_status: tuple[bytes, bytes]


def refusal(error: SidecarError, request: RequestHead, request_id: bytes) -> Answer:
    """Answer `request` with `error`; nothing of `error.detail` is in it."""
    form = _form(type(error))
    as_text = _as_text(request.values.get(b"accept"))
    content = _text(form, request_id) if as_text else _problem(form, error, request_id)
    fields: Fields = [
        (b"Content-Type", TEXT + b"; charset=utf-8" if as_text else JSON),
        (b"Cache-Control", b"no-store"),
        form.proxy_status,
    ]
    if error.retry_after is not None:
        fields.append((b"Retry-After", b"%d" % ceil(error.retry_after)))
    if isinstance(error, MethodNotAllowed):
        fields.append((b"Allow", ALLOW))
    return Answer(error.status, content, fields)


_forms: dict[type[SidecarError], Form] = {}


def _form(kind: type[SidecarError]) -> Form:
    form = _forms.get(kind)
    if form is None:
        form = _forms[kind] = _written(kind)
    return form


def _written(kind: type[SidecarError]) -> Form:
    document = {
        "type": kind.type or f"urn:sidecar:error:{kind.code}",
        "title": kind.title,
        "status": int(kind.status),
        "code": kind.code,
    }
    return Form(
        json.dumps(document).removesuffix("}").encode("utf-8"),
        f"{int(kind.status)} {kind.code}: {kind.title}\n".encode(),
        (b"Proxy-Status", b"sidecar; error=" + kind.error.encode("ascii")),
    )


def _as_text(accept: bytes | None) -> bool:
    if accept is None:
        return False
    look = _prefers_text if len(accept) <= LONGEST else _prefers_text.__wrapped__
    return look(accept)


@lru_cache(REMEMBERED)
def _prefers_text(accept: bytes) -> bool:
    return prefers(accept, OFFERS) == TEXT


def _problem(form: Form, error: SidecarError, request_id: bytes) -> bytes:
    document = form.document
    if error.members:
        members = json.dumps(error.members)
        document += b", " + members[1:-1].encode("utf-8")
    if request_id:
        said = quoted(request_id.decode("latin-1"))
        document += b', "request_id": ' + said.encode("ascii")
    return document + b"}\n"


def _text(form: Form, request_id: bytes) -> bytes:
    return form.line + (b"request " + request_id + b"\n" if request_id else b"")
