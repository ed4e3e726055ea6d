"""Outage: whether a store that failed is asked now, or left alone for a while.

    working ── several failures in a row ──▶ out ── a probe that succeeds ──▶ working

While it is out nobody waits for it. One probe at a time finds out whether it is
back, about once a second.
"""

from sidecar.units import Instant, Seconds

FAILURES = 3
"""In a row; a single one may be a connection that had died in peace."""
PAUSE: Seconds = 1.0


class Outage:
    """`count` says how often it began."""

    __slots__ = ("_failures", "count", "probe_at")

    def __init__(self) -> None:
        self._failures = 0
        self.count = 0
        self.probe_at: Instant | None = None
        """When to look again; None: it works."""

    @property
    def is_out(self) -> bool:
        return self.probe_at is not None

    @property
    def is_doubtful(self) -> bool:
        """Whether the last thing that happened is a failure."""
        return self._failures > 0

    def worked(self) -> None:
        self._failures = 0
        self.probe_at = None

    def failed(self, now: Instant, jitter: float) -> bool:
        """Note a failure; whether the outage begins with it.

        `jitter` is from 0 to 1: replicas must not come back all at once.
        """
        self._failures += 1
        if self._failures < FAILURES:
            return False
        began = self.probe_at is None
        self.count += began
        self.probe_at = Instant(now + PAUSE * (0.75 + 0.5 * jitter))
        return began
