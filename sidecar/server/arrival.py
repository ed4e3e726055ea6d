"""Arrival: the bytes of a connection on their way to aiohttp, one request at a time.

aiohttp reads all that it is given at once, and says of a flaw in the last of several
requests what it should have said of the first. So it gets a whole head, then that
request's body, and what is behind waits here. Pure: `server.guard` brings the bytes.
"""

from sidecar.errors import BadRequest, RequestRefused
from sidecar.proxy.body import LAST_CHUNK
from sidecar.semantics.message import RequestHead
from sidecar.server.gate import Limits, diagnose, is_well_begun
from sidecar.server.request_body import RequestBody
from sidecar.server.request_parser import END_OF_HEAD, LINE_END, may_become_lines
from sidecar.units import Bytes


class Arrival:
    """`head` is the one that was handed on last, or what is here of the next."""

    __slots__ = (
        "_handed",
        "_left",
        "_limits",
        "_raw",
        "_searched",
        "body",
        "judged",
    )

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._raw = bytearray()
        self._searched: Bytes = 0
        self._handed = b""
        self._left: Bytes = 0
        """Of the body, what is still to be handed on."""
        self.judged = True
        """Nothing was handed on that aiohttp has not made a request of yet."""
        self.body: RequestBody | None = None
        """The chunked body that is arriving. It never reaches aiohttp, which tells
        nobody who waits for a body that it was malformed, bounds no extensions, and
        takes trailers for fields of the next head."""

    @property
    def waiting(self) -> Bytes:
        """How much waits here, of a body that is arriving and behind it."""
        return len(self._raw) + (self.body.buffered if self.body is not None else 0)

    @property
    def begun(self) -> bool:
        """Part of a head is here, and not just a line end too many."""
        return not LINE_END.startswith(self._raw)

    @property
    def behind(self) -> bool:
        """Anything is here that is no part of the request."""
        return bool(self._raw)

    @property
    def head(self) -> bytes:
        return self._handed or bytes(self._raw)

    def feed(self, data: bytes) -> None:
        if self.body is not None and not self.body.complete:
            data = self.body.feed(data)
        self._raw += data

    def next_head(self) -> bytes | RequestRefused | None:
        """The next head, to be handed on, or why it is refused; None: not yet."""
        raw, limits = self._raw, self._limits
        self._handed, self.body = b"", None
        end = raw.find(END_OF_HEAD, max(0, self._searched - len(END_OF_HEAD)))
        self._searched = len(raw)
        if end < 0:
            hopeless = len(raw) > limits.head or not may_become_lines(raw)
            return self.diagnosis() if hopeless else None
        end += len(END_OF_HEAD)
        self._handed = bytes(raw[:end])
        self._searched = 0
        del raw[:end]
        if not is_well_begun(self._handed):
            return self.diagnosis()
        self.judged = False
        return self._handed

    def diagnosis(self) -> RequestRefused:
        """What to answer where the head that is here is no good."""
        return diagnose(self.head, self._limits) if self.head else BadRequest()

    def taken(self, head: RequestHead | None) -> None:
        """A request was made of the head that was handed on; None: of a refused one."""
        self.judged = True
        if head is None:
            return
        self._left = head.content_length or 0
        if head.chunked:
            self._left = len(LAST_CHUNK)
            self.body = RequestBody(head, self._limits.body)
            self.feed(self.take())

    def content(self) -> bytes:
        """What is here of the body, to be handed on; of a chunked one, its end."""
        if not self._left:
            return b""
        if self.body is not None:
            if not self.body.complete:
                return b""
            self._left = 0
            return LAST_CHUNK
        data = bytes(self._raw[: self._left])
        del self._raw[: self._left]
        self._left -= len(data)
        return data

    def take(self) -> bytes:
        """Everything that is left."""
        data = bytes(self._raw)
        self._raw.clear()
        return data
