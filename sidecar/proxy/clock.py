"""Clock: the two times a request needs, read in one place.

The Date field's text is made once a second, not once a response (RFC 9110 §6.6.1).
"""

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from sidecar.units import Instant, Timestamp


class Clock:
    __slots__ = ("_date", "_date_until")

    def __init__(self) -> None:
        self._date = b""
        self._date_until = 0.0

    now = staticmethod(cast("Callable[[], Instant]", time.monotonic))
    """Return the monotonic time, the same as the event loop's."""

    wall = staticmethod(cast("Callable[[], Timestamp]", time.time))
    """Return the Unix time."""

    def date(self) -> bytes:
        """Return an IMF-fixdate, at most one second old."""
        wall = time.time()
        # The second comparison is for a wall clock that was set back.
        if wall >= self._date_until or wall < self._date_until - 1.0:
            second = int(wall)
            self._date = formatdate(second, usegmt=True).encode("ascii")
            self._date_until = second + 1.0
        return self._date
