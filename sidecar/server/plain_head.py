"""Plain head: the request heads that nearly all clients send, read in one pass.

What is not exactly plain is not refused here: the full parser and the gate judge
it (`server.request_parser`), and would say the same of what is. Pure.
"""

from sidecar.semantics.forwarding import REQUEST_LINES
from sidecar.semantics.framing import content_length
from sidecar.semantics.message import RequestHead
from sidecar.semantics.target import is_plain
from sidecar.server.gate import COMMON_METHODS, Limits

_END_OF_LINE = b"\r\n"
_END_OF_HEAD = len(b"\r\n\r\n")
_PERSISTENT = {None: True, b"keep-alive": True, b"close": False}


def plain_head(raw: bytes, limits: Limits) -> RequestHead | None:
    """The head in `raw`, which ends with its empty line; None where it is not plain.

    Plain is HTTP/1.1 in origin-form, each field once, a body only by its length,
    and nothing asked of the connection but whether it stays open.
    """
    lines = raw[:-_END_OF_HEAD].split(_END_OF_LINE)
    # The whole head is within the limit of one field.
    if len(raw) > min(limits.field, limits.head) or len(lines) > limits.fields:
        return None
    try:
        method, target, version = lines[0].split(b" ")
        del lines[0]
        fields, values, passing = REQUEST_LINES.section(lines)
    except ValueError:  # NotPlain among them
        return None
    host = values.get(b"host")
    keep_alive = _PERSISTENT.get(values.get(b"connection"))
    if (
        version != b"HTTP/1.1"
        or method not in COMMON_METHODS
        or not is_plain(target)
        or len(target) > limits.target
        or host is None
        or keep_alive is None
        or b"transfer-encoding" in values
        or b"expect" in values
        or b"upgrade" in values
    ):
        return None
    length = None
    if b"content-length" in values:
        length = content_length(values[b"content-length"])
        if length is None or (limits.body is not None and length > limits.body):
            return None
    return RequestHead(
        method,
        target,
        1,
        host,
        fields,
        values,
        length,
        keep_alive=keep_alive,
        passing=passing,
    )
