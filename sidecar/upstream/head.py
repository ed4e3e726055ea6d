"""Head: one response head from its bytes. Pure."""

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from sidecar.errors import ResponseInvalid
from sidecar.semantics.message import Fields, ResponseHead
from sidecar.upstream.gate import LONGEST_HEAD, inspect, is_well_formed
from sidecar.upstream.plain_head import plain_head

_START: Final = b"HTTP/1."


class _Lines:
    """What llhttp calls back with; it must not refer to the parser."""

    __slots__ = ("fields", "reason")

    def __init__(self) -> None:
        self.reason = b""
        self.fields: Fields = []

    def on_status(self, reason: bytes) -> None:
        self.reason = reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))


def read_head(raw: bytes, method: bytes) -> ResponseHead:
    """The head of a response to a `method` request; `raw` ends with its empty line.

    Raises:
        ResponseInvalid
    """
    plain = plain_head(raw, method)
    return _judged(raw, method) if plain is None else plain


def check_beginning(raw: bytes | bytearray, begin: int) -> None:
    """Refuse at once what can never become a head, and would only time out.

    `begin` is where what is new begins, less a part of an empty line.

    Raises:
        ResponseInvalid
    """
    if len(raw) > LONGEST_HEAD:
        raise ResponseInvalid("head too large")
    if not raw.startswith(_START[: len(raw)]):
        raise ResponseInvalid("not HTTP")
    if raw.startswith(b"\n", begin):
        begin += 1
    if raw.count(b"\n", begin) != raw.count(b"\r\n", begin):
        raise ResponseInvalid("bare LF")


def _judged(raw: bytes, method: bytes) -> ResponseHead:
    if not is_well_formed(raw):
        raise ResponseInvalid("not HTTP")
    lines = _Lines()
    # A new one each time: it goes on to the body by itself, and would have to be
    # fed all of it before it can read another head. It costs 0.3 µs.
    parser = HttpResponseParser(lines)
    try:
        parser.feed_data(raw)
    except HttpParserUpgrade:
        pass  # a 101; whether it was asked for is not seen here
    except HttpParserError as error:
        raise ResponseInvalid(str(error)) from None
    head = inspect(
        parser.get_status_code(),
        lines.reason,
        parser.get_http_version(),
        lines.fields,
        method=method,
    )
    if isinstance(head, ResponseInvalid):
        raise head
    return head
