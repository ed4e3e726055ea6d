"""Slow log: requests that took longer than their route allows, with phases.

The last `KEEP` of them stay for /slow; each is one warning in the log, at most
`LINES` a second: the next second says how many were left out.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from sidecar.telemetry.finished import Finished
from sidecar.telemetry.log import Log
from sidecar.telemetry.redaction import redacted, text
from sidecar.units import Bytes, Seconds, Timestamp

KEEP = 100
LINES = 10
_TARGET: Bytes = 512
_NAME: Bytes = 128
_NEVER_SLOW = float("inf")


@dataclass(frozen=True, slots=True)
class SlowRequest:
    """What /slow shows; durations in milliseconds, None where that phase was not."""

    timestamp: Timestamp
    method: str
    target: str
    route: str
    status: int
    duration_ms: float
    queue_ms: float | None
    connect_ms: float | None
    first_byte_ms: float | None
    body_ms: float | None
    bytes_out: Bytes
    upstream: str | None
    endpoint: str | None
    attempts: int
    error: str | None
    request_id: str
    trace_id: str


class SlowLog:
    """Keeps and reports what was slow.

    Args:
        thresholds: by route; a route that is not named is never slow.
    """

    def __init__(
        self,
        thresholds: Mapping[str, Seconds],
        log: Log,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._thresholds = dict(thresholds)
        self._log = log
        self._clock = clock
        self._kept: deque[SlowRequest] = deque(maxlen=KEEP)
        self.count = 0
        self._second = 0
        self._lines = self._suppressed = 0

    def use(self, thresholds: Mapping[str, Seconds]) -> None:
        """Judge by other thresholds from now on."""
        self._thresholds = dict(thresholds)

    def observe(self, finished: Finished) -> None:
        took = finished.ended - finished.started
        if took < self._thresholds.get(finished.route, _NEVER_SLOW):
            return
        if finished.status == HTTPStatus.SWITCHING_PROTOCOLS:
            return  # a tunnel lives as long as its ends like
        now = Timestamp(self._clock())
        slow = _slow(finished, now)
        self.count += 1
        self._kept.append(slow)
        self._report(slow, int(now))

    def slowest(self) -> list[SlowRequest]:
        """Return the recent slow requests, the slowest first."""
        return sorted(self._kept, key=lambda slow: -slow.duration_ms)

    def _report(self, slow: SlowRequest, second: int) -> None:
        if second != self._second:
            self._second, self._lines = second, 0
        if self._lines == LINES:
            self._suppressed += 1
            return
        self._lines += 1
        left_out: dict[str, int] = {}
        if self._suppressed:
            left_out["suppressed"] = self._suppressed
            self._suppressed = 0
        self._log.warning(
            "slow request",
            method=slow.method,
            target=slow.target,
            route=slow.route,
            status=slow.status,
            duration_ms=slow.duration_ms,
            queue_ms=slow.queue_ms,
            connect_ms=slow.connect_ms,
            first_byte_ms=slow.first_byte_ms,
            body_ms=slow.body_ms,
            upstream=slow.upstream,
            attempts=slow.attempts,
            error=slow.error,
            request_id=slow.request_id,
            trace_id=slow.trace_id,
            **left_out,
        )


def _slow(finished: Finished, now: Timestamp) -> SlowRequest:
    request = finished.request
    return SlowRequest(
        timestamp=now,
        method=text(request.method, _NAME),
        target=text(redacted(request.target[:_TARGET]), _TARGET),
        route=finished.route,
        status=finished.status,
        duration_ms=_ms(finished.ended - finished.started) or 0.0,
        queue_ms=_ms(finished.queue),
        connect_ms=_ms(finished.connect),
        first_byte_ms=_ms(finished.first_byte),
        body_ms=_ms(finished.body),
        bytes_out=finished.sent,
        upstream=finished.upstream,
        endpoint=finished.endpoint,
        attempts=finished.attempts,
        error=finished.error,
        request_id=text(finished.request_id, _NAME),
        trace_id=text(finished.trace_id, _NAME),
    )


def _ms(duration: Seconds | None) -> float | None:
    return None if duration is None else round(duration * 1000, 3)
