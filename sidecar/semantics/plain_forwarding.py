"""Plain forwarding: the heads of `semantics.forwarding` for ordinary messages.

Byte for byte what the full functions write, for plain heads (`semantics.lines`)
in which nothing is edited: their lines are known, and what we add is worked out
once for each client and host.
"""

from typing import Final

from sidecar.semantics.forwarding import framing_line, has_no_length, status_line
from sidecar.semantics.hop import PSEUDONYM, Hop, added, public_port
from sidecar.semantics.hop_by_hop import is_ordinary
from sidecar.semantics.message import Fields, RequestHead, ResponseHead
from sidecar.units import Bytes

REMEMBERED: Final = 4096
REMEMBERED_LENGTH: Final[Bytes] = 256

_VIA: Final = b"Via: 1.1 %b\r\n" % PSEUDONYM


class Introductions(dict[tuple[str, str, bytes], bytes]):
    """What we add for (peer, scheme, host) of a client that is not trusted.

    All but the identifiers. A dictionary that fills itself, up to a bound.
    """

    def __init__(self, pseudonym: bytes) -> None:
        super().__init__()
        self._pseudonym = pseudonym

    def __missing__(self, key: tuple[str, str, bytes]) -> bytes:
        peer, scheme, host = key
        hop = Hop(
            peer=peer,
            scheme=scheme,
            host=host,
            port=public_port(host, scheme),
            trusted=False,
            request_id=b"",
            pseudonym=self._pseudonym,
        )
        *fields, _ = added(RequestHead(b"", b"", 1, host, [], {}), hop)
        introduction = b"".join(b"%b: %b\r\n" % field for field in fields)
        if len(host) <= REMEMBERED_LENGTH:
            if len(self) >= REMEMBERED:
                self.clear()
            self[key] = introduction
        return introduction


def is_plain_request(head: RequestHead) -> bool:
    """Whether `plain_request_head` may write it on, if nothing is edited."""
    values = head.values
    return (
        head.passing is not None
        and head.method != b"OPTIONS"  # in which a field is counted down
        and head.upgrade is None
        and b"via" not in values
        and b"tracestate" not in values
    )


def plain_request_head(  # noqa: PLR0913 (the parts of one message)
    head: RequestHead,
    *,
    host: bytes,
    introduction: bytes,
    request_id: bytes,
    traceparent: bytes,
    length: int | None,
) -> bytes:
    return (
        b"%b %b HTTP/1.1\r\nHost: %b\r\n%b%bX-Request-Id: %b\r\ntraceparent: %b%b"
        % (
            head.method,
            head.target,
            host,
            b"".join(head.passing or ()),
            introduction,
            request_id,
            traceparent,
            b"\r\n\r\n"
            if length is None
            else b"\r\nContent-Length: %d\r\n\r\n" % length,
        )
    )


def is_plain_response(head: ResponseHead) -> bool:
    """Whether `plain_response_head` may write it on, if nothing is edited."""
    values = head.values
    return (
        head.passing is not None
        and b"via" not in values
        and (b"connection" not in values or is_ordinary(values[b"connection"]))
    )


def plain_response_head(
    head: ResponseHead, *, length: int | None, date: bytes, request_id: bytes
) -> bytes:
    """For a client of HTTP/1.1 whose connection stays open.

    `length` is that of the content, or what a response without one is to say;
    `date` is said where the response has none.
    """
    values = head.values
    ours = _VIA
    if b"date" not in values:
        ours += b"Date: %b\r\n" % date
    if b"x-request-id" not in values:
        ours += b"X-Request-Id: %b\r\n" % request_id
    framing = framing_line(head, length, chunked=False)
    return b"%b\r\n%b%b%b" % (
        status_line(head.status, head.reason),
        b"".join(head.passing or ()),
        ours,
        b"\r\n" if framing is None else framing + b"\r\n\r\n",
    )


def plain_answer_head(
    status: int, fields: Fields, *, length: int, date: bytes, request_id: bytes
) -> bytes:
    """As `plain_response_head`, for a response of our own with these fields."""
    framing = b"" if has_no_length(status) else b"Content-Length: %d\r\n" % length
    return b"%b\r\n%b%bDate: %b\r\nX-Request-Id: %b\r\n%b\r\n" % (
        status_line(status, b""),
        b"".join([b"%b: %b\r\n" % field for field in fields]),
        _VIA,
        date,
        request_id,
        framing,
    )
