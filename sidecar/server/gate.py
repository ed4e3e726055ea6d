"""The gate: one well-formed, unambiguous head within the limits, or a refusal.

Both front doors ask it about every parsed head, so it trusts no parser. It
answers with a value and never raises. Every refusal ends the connection: what
follows a head in doubt cannot be told apart from a body.

Stricter than RFC 9112 where leniency is what smuggling lives on: raw bytes above
0x7e and `#` in a target, a Host that is no DNS name or address, and a repeated
Authorization are refused; a field with `_` in its name is dropped, for CGI-like
backends read it as `-`; so is Proxy, which they read as HTTP_PROXY (httpoxy).
"""

import re
from dataclasses import dataclass
from itertools import takewhile

from sidecar.errors import (
    BadRequest,
    CodingNotImplemented,
    ContentTooLarge,
    ExpectationFailed,
    FieldsTooLarge,
    MethodNotAllowed,
    RequestRefused,
    TargetTooLong,
    VersionNotSupported,
)
from sidecar.semantics.fields import OWS, gather, is_token
from sidecar.semantics.framing import Flaw, Framing, framing, transfer_flaw
from sidecar.semantics.message import Fields, RequestHead
from sidecar.semantics.target import Located, is_host, locate
from sidecar.server.connection_options import read_options
from sidecar.units import Bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What a head may measure, written as `name: value` lines with their CRLF.

    head: request line, field lines and the empty line together.
    field: one field line, without its CRLF.
    """

    head: Bytes
    field: Bytes
    target: Bytes
    fields: int
    body: Bytes | None


_MINORS = {"1.1": 1, "1.0": 0}
_REFUSED_METHODS = frozenset({b"CONNECT", b"TRACE"})
COMMON_METHODS = frozenset(
    {b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"}
)
# Whose second line gives two readers two answers. Those of Host, Content-Length
# and Transfer-Encoding make a joined value that fails by itself.
_SINGLE = frozenset({b"authorization", b"proxy-authorization", b"content-type"})
# Those that llhttp takes for methods of HTTP: any other it was that it refused.
_PARSED_METHODS = COMMON_METHODS | frozenset(
    b"ACL BIND CHECKOUT COPY LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL "
    b"MOVE NOTIFY PROPFIND PROPPATCH PURGE QUERY REBIND REPORT SEARCH SOURCE "
    b"SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE".split()
)
_SERVED = (b" HTTP/1.1", b" HTTP/1.0")
_VERSION = re.compile(rb"HTTP/[0-9]+(?:\.[0-9]+)?")
# `METHOD target HTTP/1.1` and its CRLF without the first two, and the empty line.
_REST_OF_HEAD = 14


def inspect(  # noqa: C901, PLR0911 - each refusal is one line
    method: bytes, target: bytes, version: str, fields: Fields, limits: Limits
) -> RequestHead | RequestRefused:
    """Judge a parsed head; `version` is like `1.1`.

    RFC 9112 §2.3, §3, §5, §6.
    """
    minor = _MINORS.get(version)
    if minor is None:
        return VersionNotSupported("version")
    located = _read_request_line(method, target, limits)
    if isinstance(located, RequestRefused):
        return located
    if len(fields) > limits.fields:
        return FieldsTooLarge("too many fields")
    gathered = gather(fields)
    if gathered is None:
        return BadRequest("field name or value")
    size, kept, values, repeated = gathered
    if size > limits.field and _longest(fields) > limits.field:
        return FieldsTooLarge("field too large")
    if size + len(method) + len(target) + _REST_OF_HEAD > limits.head:
        return FieldsTooLarge("head too large")
    if repeated and not repeated.isdisjoint(_SINGLE):
        return BadRequest("repeated field")
    framed = framing(values, minor)
    if not isinstance(framed, Framing):
        return _misframed(framed)
    host = values.get(b"host")
    if minor if host is None else not is_host(host):
        return BadRequest("Host")
    if b"_" in b"".join(values) or b"proxy" in values:
        kept = _without_ambiguous(kept, values)
    target, authority = located
    if authority is not None:
        # §3.2.2: Host may say something else; nobody shall read it.
        values[b"host"] = host = authority
        kept = [(b"Host", authority), *(f for f in kept if f[0].lower() != b"host")]
    length, chunked = framed
    head = RequestHead(
        method,
        target,
        minor,
        host or b"",
        kept,
        values,
        content_length=length,
        chunked=chunked,
        keep_alive=bool(minor),
    )
    return _read_controls(head, limits) or head


def _read_request_line(
    method: bytes, target: bytes, limits: Limits
) -> Located | RequestRefused:
    if len(target) > limits.target:
        return TargetTooLong()
    if method not in COMMON_METHODS:
        if method.upper() in _REFUSED_METHODS:
            return MethodNotAllowed()
        if not is_token(method):
            return BadRequest("method")
    return locate(method, target) or BadRequest("target")


def _read_controls(head: RequestHead, limits: Limits) -> RequestRefused | None:
    """Read into the head what the fields say about the body and the connection."""
    length, body = head.content_length, limits.body
    if length is not None and body is not None and length > body:
        return ContentTooLarge()
    values = head.values
    if b"connection" in values and not read_options(head, values[b"connection"]):
        return BadRequest("Connection")
    # RFC 9110 §10.1.1: HTTP/1.0 knows no Expect.
    if b"expect" in values and head.minor:
        if values[b"expect"].lower() != b"100-continue":
            return ExpectationFailed()
        head.expects_continue = head.has_body
    return None


def _longest(fields: Fields) -> Bytes:
    return max(len(name) + len(value) + 2 for name, value in fields)


def _without_ambiguous(fields: Fields, values: dict[bytes, bytes]) -> Fields:
    """The fields that all backends read alike; drops the others from `values` too."""
    dropped = {name for name in values if b"_" in name or name == b"proxy"}
    for name in dropped:
        del values[name]
    return [field for field in fields if field[0].lower() not in dropped]


def _misframed(flaw: Flaw) -> RequestRefused:
    if flaw is Flaw.UNKNOWN_CODING:
        return CodingNotImplemented(flaw)
    return BadRequest(flaw)


def is_well_begun(raw: bytes) -> bool:
    """Whether these may be the first bytes of a request of HTTP/1.x.

    For what llhttp lets pass unseen: any number of line ends before the request
    line, where one CRLF may be (RFC 9112 §2.2), more than one space in it (§3), RTSP
    and ICE instead of HTTP, and PRI, of which it waits for the rest of a preface.
    """
    raw = raw.removeprefix(b"\r\n")
    if raw.startswith((b"\r", b"\n", b"PRI ")):
        return raw == b"\r"
    end = raw.find(b"\r\n")
    return end < 0 or (raw.endswith(_SERVED, 0, end) and raw.count(b" ", 0, end) == 2)  # noqa: PLR2004


def diagnose(raw: bytes, limits: Limits) -> RequestRefused:
    """What to answer where a parser refused these bytes, or no head came to an end.

    `raw` begins where the message begins. One pass, and no judge of validity: it
    chooses among refusals, and BadRequest is never wrong.
    """
    text = raw[: limits.head + 1].removeprefix(b"\r\n")
    request_line, *lines = text.split(b"\n", limits.fields + 2)
    refused = _diagnose_request_line(request_line, limits)
    if refused is not None:
        return refused
    section = list(takewhile(len, (line.rstrip(b"\r") for line in lines)))
    if any(len(line) > limits.field for line in section):
        return FieldsTooLarge("field too large")
    # The last line that the text breaks off in ends no section.
    unfinished = len(section) >= len(lines) - 1
    if len(section) > limits.fields or (unfinished and len(raw) > limits.head):
        return FieldsTooLarge("head too large")
    # In the order of `inspect`, for it depends on the parser which of them is asked. A
    # line that breaks off says nothing yet.
    whole = [line.partition(b":") for line in section[: len(lines) - 1]]
    names = [name.lower() for name, _, _ in whole]
    if any(names.count(name) > 1 for name in _SINGLE):
        return BadRequest("repeated field")
    codings = [v.strip(OWS) for n, _, v in whole if n.lower() == b"transfer-encoding"]
    known = codings and b" HTTP/1.0" not in request_line  # which knows none
    flaw = transfer_flaw(b", ".join(codings)) if known else None
    return _misframed(flaw) if flaw is not None else BadRequest("malformed")


def _diagnose_request_line(raw: bytes, limits: Limits) -> RequestRefused | None:
    """`raw` ends with CR where the line is whole; else it says no minor version."""
    line = raw.rstrip(b"\r")
    method, _, rest = line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if not target:
        target, version = version, b""
    if len(target) > limits.target:
        return TargetTooLong()
    if method.upper() in _REFUSED_METHODS:
        return MethodNotAllowed()
    if line.endswith(_SERVED):
        unknown = is_token(method) and method not in _PARSED_METHODS
        return CodingNotImplemented("method") if unknown else None
    if line == raw and version.startswith(b"HTTP/1"):
        return None
    return VersionNotSupported("version") if _VERSION.fullmatch(version) else None
