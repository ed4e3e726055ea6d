"""Request parser: one request head from its bytes, by llhttp and the gate."""

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from sidecar.errors import RequestRefused
from sidecar.semantics.message import Fields, RequestHead
from sidecar.server.gate import Limits, diagnose, inspect, is_well_begun


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
