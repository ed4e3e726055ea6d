"""Comparison: the same request asked twice, and where the two answers differ.

The tables say which differences a proxy may make, each with its reason.
Whatever they do not name must be equal, the order of fields and duplicates too.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

Fields = list[tuple[str, str]]

HOST = "app.example:8000"
"""The same for both, so that what an application makes of it is the same."""

HOP_BY_HOP = {
    "connection": "each connection has its own (RFC 9110 §7.6.1)",
    "keep-alive": "belongs to Connection (RFC 9112 §C.2.2)",
    "transfer-encoding": "the proxy frames anew (RFC 9112 §6.1)",
}
"""Not compared."""

ADDED = {
    "x-request-id": "made for requests without one, and told to the client",
    "date": "a recipient with a clock adds a missing one (RFC 9110 §6.6.1)",
}
"""A proxied answer may have them where the direct one has not."""

OUR_HOP = re.compile(r"(?:^|, )1\.[01] sidecar$")
"""The last member of Via: a proxy says that it was there (RFC 9110 §7.6.3)."""

MOVED = {
    "content-length": "the proxy frames anew (RFC 9112 §6.2)",
}
"""Value compared, position not."""

MOMENTARY = {
    "date": "each answer was made in its own second",
}
"""Position compared, value not.

An empty reason may become the one of the status: it tells nothing (RFC 9112 §4).
"""

REFLECTED = {
    "X-Request-Id": "made where the client sent none",
    "X-Forwarded-For": "the client's address",
    "X-Forwarded-Proto": "how the client came",
    "X-Forwarded-Host": "the host the client asked for",
    "X-Forwarded-Port": "the port the client asked at",
    "Forwarded": "the same as one field (RFC 7239)",
    "Expect": "answered by the proxy, and passed on by none",
    "Via": "a proxy says that it was there (RFC 9110 §7.6.3)",
    "Traceparent": "a trace starts here where none came in",
    "Connection": "each connection has its own (RFC 9110 §7.6.1)",
}
"""What an application that reflects its request may show more of."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and what of its answer is another at every time of asking."""

    target: str
    method: str = "GET"
    fields: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    chunks: int | None = None  # send the body in chunks of so many bytes
    reflects: bool = False  # the body shows the request
    varies: tuple[str, ...] = ()  # fields with a value of their own each time
    blur: bytes | None = None  # what to disregard in the body

    def __str__(self) -> str:
        notes = [f"{name}:{value}" for name, value in self.fields.items()]
        notes += [f"chunks of {self.chunks}"] if self.chunks else []
        return " ".join([self.method, self.target, *notes])[:80]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    reason: str
    fields: Fields
    body: bytes


def ask(url: str, request: Ask, host: str = HOST) -> Answer:
    """The answer as http.client gives it, fields in their order."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
    try:
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        connection.putheader("Host", host)
        for name, value in request.fields.items():
            connection.putheader(name, value)
        _send_body(connection, request)
        response = connection.getresponse()
        body = response.read()
        return Answer(response.status, response.reason, response.getheaders(), body)
    finally:
        connection.close()


def _send_body(connection: HTTPConnection, request: Ask) -> None:
    body = request.body
    if body is None:
        connection.endheaders()
    elif request.chunks is None:
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
    else:
        connection.putheader("Transfer-Encoding", "chunked")
        size = request.chunks
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        connection.endheaders(iter(pieces), encode_chunked=True)


def differences(request: Ask, direct: Answer, proxied: Answer) -> dict[str, Any]:
    """What differs and may not: name to (direct, proxied); empty if all is well."""
    found: dict[str, Any] = {}
    reason = direct.reason or proxied.reason
    if (direct.status, reason) != (proxied.status, proxied.reason):
        found["status"] = (
            (direct.status, direct.reason),
            (proxied.status, proxied.reason, proxied.body[:300]),
        )
    theirs, ours = _comparable(request, direct, proxied)
    if theirs != ours:
        found["fields"] = (theirs, ours)
    bodies = [_body(request, answer.body) for answer in (direct, proxied)]
    if bodies[0] != bodies[1]:
        found["body"] = (bodies[0][:500], bodies[1][:500])
    return found


def _comparable(request: Ask, direct: Answer, proxied: Answer) -> tuple[Fields, Fields]:
    """Both lists of fields, without what may differ."""
    present = {name.lower() for name, _ in direct.fields}
    added = ADDED.keys() - present
    momentary = {*MOMENTARY, *request.varies}
    dropped = {*HOP_BY_HOP, *added}
    if request.reflects:
        momentary |= {"content-length"}  # follows from what is reflected
    if "transfer-encoding" in present | {name.lower() for name, _ in proxied.fields}:
        # A body without length is framed anew; a length without chunks stays.
        dropped |= set() if "content-length" in present else {"content-length"}

    def kept(fields: Fields) -> Fields:
        shown = [
            (name, "(its own)" if name.lower() in momentary else value)
            for name, value in fields
            if name.lower() not in dropped
        ]
        return sorted(shown, key=lambda pair: pair[0].lower() in MOVED)

    return kept(direct.fields), kept(list(_before_us(proxied.fields)))


def _before_us(fields: Fields) -> Iterator[tuple[str, str]]:
    """The fields with our own member taken from Via."""
    for name, value in fields:
        if name.lower() != "via":
            yield name, value
        elif theirs := OUR_HOP.sub("", value):
            yield name, theirs


def _body(request: Ask, body: bytes) -> bytes:
    if request.blur:
        body = re.sub(request.blur, b"(its own)", body)
    if not request.reflects or not body.startswith(b"{"):
        return body
    shown = json.loads(body)
    for name in REFLECTED:
        shown.get("headers", {}).pop(name, None)
    return json.dumps(shown, indent=1).encode()
