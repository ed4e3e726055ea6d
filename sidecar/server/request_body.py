"""Request body: the bytes of one request's content, as they arrive and are taken.

Pure: `server.express` brings the bytes. What comes behind the body is handed
back, for it is the next request.
"""

from sidecar.errors import (
    BadRequest,
    ContentTooLarge,
    RequestRefused,
    ResponseInvalid,
)
from sidecar.semantics.message import RequestHead
from sidecar.units import Bytes
from sidecar.upstream.chunked import Chunked


class RequestBody:
    """`buffered` is what nobody took yet; `complete`: its end has arrived.

    `flaw`: why it cannot be read on; what was read before it may be taken.
    `confused` is true where more came in one piece with the last chunk: the
    connection cannot be used for another request.
    """

    __slots__ = (
        "_chunked",
        "_left",
        "_limit",
        "_parts",
        "buffered",
        "complete",
        "confused",
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
        self.confused = False
        self.flaw: RequestRefused | None = None

    def feed(self, data: bytes) -> bytes:
        """Take in what arrived; what is left over is no part of the body."""
        if self.flaw is not None:
            return b""
        chunked = self._chunked
        rest = b""
        if chunked is not None:
            data = self._unchunk(chunked, data)
        elif len(data) > self._left:
            data, rest = data[: self._left], data[self._left :]
        self._left -= len(data)
        self.received += len(data)
        if self._limit is not None and self.received > self._limit:
            self.flaw = ContentTooLarge()
        if self.flaw is not None:
            return b""
        if data:
            self._parts.append(data)
            self.buffered += len(data)
        self.complete = chunked.complete if chunked is not None else not self._left
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

    def _unchunk(self, chunked: Chunked, data: bytes) -> bytes:
        try:
            data = chunked.feed(data)
        except ResponseInvalid as error:
            self.flaw = BadRequest(error.detail)
            return b""
        self.confused = chunked.surplus
        return data


NO_BODY = RequestBody(RequestHead(b"", b"", 1, b"", [], {}), None)
