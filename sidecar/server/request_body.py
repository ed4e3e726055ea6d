"""Request body: the bytes of one request's content, as they arrive and are taken.

Pure: the doors bring the bytes. What comes behind the body is handed back, for
it is the next request.
"""

from typing import Final

from sidecar.errors import BadRequest, ContentTooLarge, RequestRefused
from sidecar.semantics.chunked import Chunked
from sidecar.semantics.message import RequestHead
from sidecar.units import Bytes

# What a client that expects it waits for, before it sends the body.
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class RequestBody:
    """`buffered` is what nobody took yet; `complete`: its end has arrived.

    `flaw`: why it cannot be read on; nor is what came before it of use to anybody.
    """

    __slots__ = (
        "_chunked",
        "_left",
        "_limit",
        "_parts",
        "buffered",
        "complete",
        "flaw",
        "received",
    )

    def __init__(self, head: RequestHead, limit: Bytes | None) -> None:
        self._chunked = Chunked() if head.chunked else None
        self._left = head.content_length or 0
        self._limit = limit
        self._parts: list[bytes] = []
        self.buffered: Bytes = 0
        self.received: Bytes = 0
        self.complete = not head.has_body
        self.flaw: RequestRefused | None = None

    def feed(self, data: bytes) -> bytes:
        """Take in what arrived; what is left over is no part of the body."""
        if self.flaw is not None:
            return b""
        chunked, rest = self._chunked, b""
        if chunked is not None:
            data = chunked.feed(data)
            rest, chunked.rest = chunked.rest, b""
            self.complete = chunked.complete
            if chunked.flaw is not None:
                self.flaw = BadRequest(chunked.flaw)
        else:
            if len(data) > self._left:
                data, rest = data[: self._left], data[self._left :]
            self._left -= len(data)
            self.complete = not self._left
        self._keep(data)
        return rest

    def take(self) -> bytes:
        """Return what is here; empty if nothing is."""
        parts = self._parts
        if not parts:
            return b""
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self.buffered = 0
        return data

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        self.received += len(data)
        if self._limit is not None and self.received > self._limit:
            self.flaw = ContentTooLarge()
            self.complete = False
            return
        self._parts.append(data)
        self.buffered += len(data)


NO_BODY: Final = RequestBody(RequestHead(b"", b"", 1, b"", [], {}), None)
