"""Arrival: the bytes of a connection that no request was made of yet.

aiohttp says only when a head is whole, and a moment late. Here the end of a head
is found at once, its size is limited while it grows, and what begins behind a
request is known to have begun. Pure: `server.guard` brings the bytes.
"""

from sidecar.errors import BadRequest, RequestRefused
from sidecar.semantics.message import RequestHead
from sidecar.server.gate import Limits, diagnose, is_well_begun
from sidecar.server.request_body import RequestBody
from sidecar.server.request_parser import END_OF_HEAD, LINE_END
from sidecar.units import Bytes

# A pipeline that is longer than this is not followed, and its connection closed.
LONGEST_PIPELINE: Bytes = 256 * 1024


class Arrival:
    __slots__ = (
        "_end",
        "_limits",
        "_raw",
        "_searched",
        "_skip",
        "body",
        "followed",
    )

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._raw = bytearray()
        self._end: Bytes = 0
        """Where the first head in `_raw` ends; 0: not yet."""
        self._searched: Bytes = 0
        self._skip: Bytes = 0
        """What is still to come of a request's body."""
        self.body: RequestBody | None = None
        """The chunked body that is arriving. It never reaches aiohttp, which tells
        nobody who waits for a body that it was malformed, and bounds no extensions
        and trailers."""
        self.followed = True
        """Where the next request begins is known."""

    @property
    def begun(self) -> bool:
        """Part of a request is here, and not just a line end too many."""
        return not LINE_END.startswith(self._raw)

    @property
    def head(self) -> bytes:
        """The first head that is here, or what there is of it."""
        return bytes(self._raw.partition(END_OF_HEAD)[0])

    def feed(self, data: bytes) -> None:
        if self.body is not None:
            self.body.feed(data)
            return
        if self._skip >= len(data):
            self._skip -= len(data)
            return
        if not self.followed:
            return
        self._raw += data[self._skip :] if self._skip else data
        self._skip = 0
        if len(self._raw) > LONGEST_PIPELINE:
            self.followed = False
            self._raw.clear()

    def flaw(self) -> RequestRefused | None:
        """Why the head at the beginning is refused, whole or not; None: not yet."""
        raw, limits = self._raw, self._limits
        if self._end or not raw or not self.followed:
            return None
        end = raw.find(END_OF_HEAD, max(0, self._searched - len(END_OF_HEAD)))
        self._searched = len(raw)
        if end < 0:
            acceptable = len(raw) <= limits.head
        else:
            self._end = end + len(END_OF_HEAD)
            acceptable = is_well_begun(bytes(raw[: self._end]))
        return None if acceptable else self.diagnosis()

    def diagnosis(self) -> RequestRefused:
        """What to answer where the parser refused the bytes that are here."""
        return diagnose(bytes(self._raw), self._limits) if self._raw else BadRequest()

    def taken(self, head: RequestHead | None) -> None:
        """The parser made a request of the first head; None: one that is refused."""
        raw = self._raw
        if head is None or head.chunked or not self._end:
            # Nothing is served behind a chunked body.
            self.followed = False
            if head is not None and self._end:
                self.body = RequestBody(head, None)
                self.body.feed(bytes(raw[self._end :]))
            raw.clear()
            return
        del raw[: self._end]
        self._end = self._searched = 0
        length = head.content_length or 0
        here = min(length, len(raw))
        del raw[:here]
        self._skip = length - here
