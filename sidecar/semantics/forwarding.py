"""Forwarding: the heads a proxy writes, complete and ready to send.

RFC 9110 §7.6. A head is always written anew: what ends at this hop is left
out, the framing is what we are about to send and never what we received, and
what a proxy adds comes last. Order, repetition and case of the rest are kept.
`gone` are names that leave in this one message: nominated or edited away.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, Protocol

from sidecar.semantics.hop import PSEUDONYM, Hop, added, passes, public_port, via
from sidecar.semantics.hop_by_hop import HOP_BY_HOP, Passing, nominated
from sidecar.semantics.lines import Lines
from sidecar.semantics.message import Field, RequestHead, ResponseHead

__all__ = [
    "Edits",
    "Hop",
    "interim_head",
    "passes",
    "public_port",
    "request_head",
    "response_head",
    "upgrade_head",
]


class Edits(Protocol):
    """A route's own changes, carried out last (`policy.edits`)."""

    @property
    def fields(self) -> tuple[Field, ...]: ...
    @property
    def names(self) -> frozenset[bytes]: ...


# Consumed here, or written below from what we know ourselves.
_ENDS_HERE: Final = HOP_BY_HOP | {
    b"content-length",
    b"expect",
    b"forwarded",
    b"host",
    b"proxy",  # becomes HTTP_PROXY for CGI backends ("httpoxy")
    b"traceparent",
    b"via",
    b"x-forwarded-for",
    b"x-request-id",
}
# Believed by frameworks; only a proxy that we trust may say it.
_ONLY_FROM_TRUSTED: Final = {
    b"front-end-https",
    b"x-host",
    b"x-http-host-override",
    b"x-http-method",
    b"x-http-method-override",
    b"x-method-override",
    b"x-original-host",
    b"x-original-url",
    b"x-real-ip",
    b"x-rewrite-url",
    b"x-scheme",
    b"x-script-name",
    b"x-url-scheme",
}
_FROM_TRUSTED: Final = Passing(_ENDS_HERE, (b"proxy-",))
_FROM_ANYONE: Final = Passing(
    _ENDS_HERE | _ONLY_FROM_TRUSTED, (b"proxy-", b"x-forwarded-", b"x-sidecar-")
)
_TO_CLIENT: Final = Passing(HOP_BY_HOP | {b"content-length", b"via"}, (b"x-sidecar-",))
REQUEST_LINES: Final = Lines(_FROM_ANYONE)
RESPONSE_LINES: Final = Lines(_TO_CLIENT)
_TO_CLIENT_INTERIM: Final = Passing(HOP_BY_HOP | {b"content-length"}, (b"x-sidecar-",))

_OK: Final = 200
_NO_CONTENT: Final = 204
_REASONS: Final = {status.value: status.phrase.encode() for status in HTTPStatus}
_STATUS_LINES: Final = {
    status: b"HTTP/1.1 %d %b" % (status, reason) for status, reason in _REASONS.items()
}
_TRACE_ID: Final = len(b"00-")
_TRACE_ID_END: Final = _TRACE_ID + 32
# Digits of them; nobody is that far away.
_MOST_HOPS: Final = 9


def request_head(  # noqa: PLR0913 (the parts of one message)
    head: RequestHead,
    hop: Hop,
    *,
    host: bytes,
    edits: Edits,
    length: int | None,
    chunked: bool,
    upgrade: bytes | None,
) -> bytes:
    """The head for the upstream, up to and with its empty line."""
    values = head.values
    gone = edits.names
    if b"connection" in values:
        gone |= nominated(values[b"connection"])
    if b"tracestate" in values and _restarts(values, hop.traceparent):
        gone |= {b"tracestate"}
    lines = [b"%b %b HTTP/1.1" % (head.method, head.target), b"Host: " + host]
    if head.method == b"OPTIONS" and (hops := values.get(b"max-forwards")):
        gone |= {b"max-forwards"}
        lines.append(b"Max-Forwards: %b" % _one_less(hops))
    lines += (_FROM_TRUSTED if hop.trusted else _FROM_ANYONE).of(head.fields, gone)
    lines += _lines(added(head, hop), edits)
    if length is not None:
        lines.append(b"Content-Length: %d" % length)
    elif chunked:
        lines.append(b"Transfer-Encoding: chunked")
    if upgrade is not None:
        lines.append(b"Connection: upgrade\r\nUpgrade: " + upgrade)
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


def _lines(fields: Sequence[Field], edits: Edits) -> list[bytes]:
    if edits.names:
        fields = [field for field in fields if field[0].lower() not in edits.names]
        fields += edits.fields
    return list(map(b": ".join, fields))


def _one_less(hops: bytes) -> bytes:
    """What is left of `Max-Forwards` (RFC 9110 §7.6.2); what is no number stays."""
    if not hops.isdigit():
        return hops
    return b"%d" % max(0, int(hops[:_MOST_HOPS]) - 1)


def _restarts(values: Mapping[bytes, bytes], traceparent: bytes | None) -> bool:
    """Whether the trace is not the client's, so that its state means nothing."""
    if traceparent is None:
        return False
    theirs = values.get(b"traceparent", b"")
    return theirs[_TRACE_ID:_TRACE_ID_END] != traceparent[_TRACE_ID:_TRACE_ID_END]


def response_head(  # noqa: PLR0913 (the parts of one message)
    head: ResponseHead,
    *,
    minor: int,
    close: bool,
    length: int | None,
    chunked: bool,
    date: bytes,
    request_id: bytes,
    edits: Edits,
    extra: Sequence[Field] = (),
    pseudonym: bytes = PSEUDONYM,
) -> bytes:
    """The head for the client, up to and with its empty line.

    `minor` is the client's version. `extra` is appended. A HEAD or 304 without
    `length` says the origin's; a 204 or 1xx never says one (RFC 9110 §8.6).
    """
    values = head.values
    gone = edits.names
    if b"connection" in values:
        gone |= nominated(values[b"connection"])
    lines = [status_line(head.status, head.reason)]
    lines += _TO_CLIENT.of(head.fields, gone)
    ours = [(b"Via", via(values, head.minor, pseudonym))]
    if b"date" not in values:
        ours.append((b"Date", date))
    if b"x-request-id" not in values:
        ours.append((b"X-Request-Id", request_id))
    ours += extra
    lines += _lines(ours, edits)
    framing = framing_line(head, length, chunked=chunked)
    if framing is not None:
        lines.append(framing)
    elif not head.bodiless:
        close = True  # nothing but the end of the connection ends this body
    if close:
        lines.append(b"Connection: close")
    elif minor == 0:
        lines.append(b"Connection: keep-alive")
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


def framing_line(
    head: ResponseHead, length: int | None, *, chunked: bool
) -> bytes | None:
    if has_no_length(head.status):
        return None
    if length is None and head.bodiless:
        length = head.content_length
    if length is not None:
        return b"Content-Length: %d" % length
    if chunked and not head.bodiless:
        return b"Transfer-Encoding: chunked"
    return None


def has_no_length(status: int) -> bool:
    """Whether a response of this status never says one (RFC 9110 §8.6)."""
    return status == _NO_CONTENT or status < _OK


def status_line(status: int, reason: bytes) -> bytes:
    if not reason or reason == _REASONS.get(status):
        return _STATUS_LINES.get(status) or b"HTTP/1.1 %d " % status
    return b"HTTP/1.1 %d %b" % (status, reason)


def interim_head(status: int, reason: bytes, fields: Sequence[Field]) -> bytes:
    """A 1xx head for the client, 103 above all (RFC 8297)."""
    connection = [value for name, value in fields if name.lower() == b"connection"]
    lines = [status_line(status, reason)]
    lines += _TO_CLIENT_INTERIM.of(fields, nominated(b",".join(connection)))
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


def upgrade_head(head: ResponseHead, protocol: bytes) -> bytes:
    """The 101 for the client; `protocol` where the upstream did not name it."""
    lines = [status_line(head.status, head.reason)]
    gone = nominated(head.values.get(b"connection"))
    lines += _TO_CLIENT_INTERIM.of(head.fields, gone)
    chosen = head.values.get(b"upgrade") or protocol
    lines.append(b"Connection: upgrade\r\nUpgrade: %b\r\n\r\n" % chosen)
    return b"\r\n".join(lines)
