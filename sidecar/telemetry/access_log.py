"""Access log: which requests get a line, and where the lines go.

What went wrong and what was slow is always logged; of the rest, `sample` of
them. Lines are rendered when the exchange is over and its response sent; a
thread writes them (`telemetry.line_writer`).
"""

import time
from collections.abc import Callable, Mapping
from random import random
from typing import Final, Protocol

from sidecar.telemetry.access_line import Render
from sidecar.telemetry.finished import Finished
from sidecar.units import Seconds, Timestamp

_NEVER_SLOW: Final = float("inf")


class Lines(Protocol):
    """Where rendered lines go; `LineWriter` is one."""

    def write(self, line: bytes) -> None: ...


class AccessLog:
    """Writes a line for each exchange, or for a sample of the good ones.

    Args:
        slow: from how many seconds on a route's request is always logged.
        chance: a number from 0 up to 1, a new one at each call.
    """

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        render: Render,
        lines: Lines,
        *,
        sample: float = 1.0,
        slow: Mapping[str, Seconds] | None = None,
        chance: Callable[[], float] = random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._render = render
        self._write = lines.write
        self._sample = sample
        self._slow = dict(slow or {})
        self._chance = chance
        self._clock = clock

    def observe(self, finished: Finished) -> None:
        if self._sample < 1.0 and self._is_dull(finished):
            return
        self._write(self._render(finished, Timestamp(self._clock())))

    def _is_dull(self, finished: Finished) -> bool:
        """Whether nobody will miss this line, and chance is against it."""
        took = finished.ended - finished.started
        return (
            200 <= finished.status < 400  # noqa: PLR2004
            and finished.error is None
            and took < self._slow.get(finished.route, _NEVER_SLOW)
            and self._chance() >= self._sample
        )
