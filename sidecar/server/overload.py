"""Overload: the answer for a connection that there is no room for.

Rendered once: turning clients away must cost next to nothing.
"""

from sidecar.errors import ConnectionsExhausted
from sidecar.proxy.refusal import refusal
from sidecar.semantics.message import RequestHead


def _render() -> bytes:
    error = ConnectionsExhausted(retry_after=1.0)
    answer = refusal(error, RequestHead(b"GET", b"/", 1, b"", [], {}), b"")
    lines = [
        b"HTTP/1.1 %d %b" % (error.status, error.status.phrase.encode()),
        *(b"%b: %b" % field for field in answer.fields),
        b"Content-Length: %d" % len(answer.content),
        b"Connection: close",
        b"\r\n",
    ]
    return b"\r\n".join(lines) + answer.content


OVERLOAD = _render()
