"""Request parser: one request head from its bytes, by llhttp and the gate. Pure."""

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from sidecar.errors import FieldsTooLarge, RequestRefused
from sidecar.semantics.message import Fields, RequestHead
from sidecar.server.gate import Limits, diagnose, inspect, is_well_begun
from sidecar.server.plain_head import plain_head
from sidecar.units import Bytes

END_OF_HEAD: Final = b"\r\n\r\n"
# One that comes before a head is nothing yet (RFC 9112 §2.2).
LINE_END: Final = b"\r\n"


class _Lines:
    """What llhttp calls back with; it must not refer to the parser."""

    __slots__ = ("fields", "target")

    def __init__(self) -> None:
        self.target = b""
        self.fields: Fields = []

    def on_url(self, piece: bytes) -> None:
        self.target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))


def next_head(
    data: bytes, limits: Limits
) -> tuple[RequestHead | RequestRefused | None, Bytes]:
    """The head that `data` begins with, and where it ends.

    None where it has not ended yet. What can no longer become a head is refused at
    once, for else it would only time out.
    """
    end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
    if end < len(END_OF_HEAD):
        hopeless = len(data) > limits.head or not may_become_lines(data)
        return (diagnose(data, limits) if hopeless else None), len(data)
    raw = data[:end]
    plain = plain_head(raw, limits)
    if plain is not None:
        return plain, end
    head = read_head(raw, limits)
    # The gate saw values without the whitespace before them.
    if end > limits.head and isinstance(head, RequestHead):
        return FieldsTooLarge("head too large"), end
    return head, end


def may_become_lines(data: bytes | bytearray) -> bool:
    """Whether CR and LF come in pairs, but for a CR at the end (RFC 9112 §2.2)."""
    pairs = data.count(b"\r\n")
    return data.count(b"\n") == pairs == data.count(b"\r") - data.endswith(b"\r")


def read_head(raw: bytes, limits: Limits) -> RequestHead | RequestRefused:
    """The head in `raw`, which ends with its empty line, or why it is refused."""
    if not is_well_begun(raw):
        return diagnose(raw, limits)
    lines = _Lines()
    # A new one each time: bodies do not pass through it, so that it would wait
    # for them for ever.
    parser = HttpRequestParser(lines)
    try:
        parser.feed_data(raw)
    except HttpParserUpgrade:
        pass  # whether there is one is the gate's to say
    except HttpParserError:
        return diagnose(raw, limits)
    return inspect(
        parser.get_method(),
        lines.target,
        parser.get_http_version(),
        lines.fields,
        limits,
    )


def outline(raw: bytes) -> RequestHead:
    """What a refusal and the log may know of a head that is not well formed."""
    line, _, rest = raw[:8192].partition(b"\r\n")
    method, _, target = line.partition(b" ")
    values = {}
    for field in rest.split(b"\r\n")[:100]:
        name, _, value = field.partition(b":")
        if name.lower() in (b"accept", b"user-agent"):
            values[name.lower()] = value.strip(b" \t")
    return RequestHead(method, target.rpartition(b" ")[0], 1, b"", [], values)
