"""Lifetime: how long a connection may serve, and wait to serve again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sidecar.semantics.fields import members
from sidecar.units import Instant, Seconds

# The upstream closes when its own time is over; a request sent just then is lost.
MARGIN: Final[Seconds] = 1.0

_MOST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`keepalive`: idle time after which we close; `max_age`: no request after."""

    keepalive: Seconds
    max_age: Seconds

    def idle_until(
        self, values: Mapping[bytes, bytes], opened: Instant, now: Instant
    ) -> Instant:
        """Until when a connection may wait in the pool; not after `now`: not at all.

        `values` are the fields of its last response.
        """
        keepalive = self.keepalive
        parameters = values.get(b"keep-alive")
        if parameters is not None:
            timeout = announced(parameters)
            if timeout is not None:
                keepalive = min(keepalive, timeout - MARGIN)
        return Instant(min(now + keepalive, opened + self.max_age))


def announced(parameters: bytes) -> Seconds | None:
    """N of `Keep-Alive: timeout=N, max=M`; 0 after `max=0`, None if it says nothing."""
    timeout: Seconds | None = None
    for member in members(parameters.lower()):
        name, _, value = member.partition(b"=")
        value = value.strip(b' \t"')
        if not value.isdigit() or len(value) > _MOST_DIGITS:
            continue
        if name.rstrip() == b"timeout":
            timeout = float(value)
        elif name.rstrip() == b"max" and int(value) == 0:
            return 0.0
    return timeout
