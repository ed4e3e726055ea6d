"""Lingering: what is still read, and forgotten, behind a last answer.

To close with bytes unread resets the connection, and a reset takes the answer away from
a client that did not look at it yet (RFC 9112 §9.6). So we say that it is our end and
read on, until the client's: the numbers are nginx's. Pure: the wire brings the bytes.
"""

from sidecar.units import Bytes, Instant, Seconds

SILENCE: Seconds = 5.0
LONGEST: Seconds = 30.0
# Then we stop reading, and do not close: who can send no more looks at what came.
MOST: Bytes = 64 * 1024 * 1024


class Lingering:
    __slots__ = ("_forgotten", "_until")

    def __init__(self, now: Instant) -> None:
        self._until = Instant(now + LONGEST)
        self._forgotten: Bytes = 0

    @property
    def is_enough(self) -> bool:
        """Whether no more is to be read."""
        return self._forgotten >= MOST

    def forget(self, count: Bytes, now: Instant) -> Seconds:
        """So much came, and went; for how long from now on to wait for more."""
        self._forgotten += count
        return min(SILENCE, self._until - now)
