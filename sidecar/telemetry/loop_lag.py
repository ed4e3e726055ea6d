"""Loop lag: how late the event loop runs what is due.

A timer every `TICK` notes by how much it came late; the last minute is kept.
While the loop is blocked nothing is noted, so `age` tells how long ago the last
tick was: it is what /livez and a supervisor read.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from sidecar.units import Seconds

TICK: Seconds = 0.1
WINDOW: Seconds = 60.0
# One tick that came late is an accident, half of a second's is a load.
LAST = 9


@dataclass(frozen=True, slots=True)
class Lag:
    """Of the last minute."""

    max: Seconds
    p99: Seconds


class LoopLag:
    """Measures the loop that `start` is called on."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        feel: Callable[[Seconds], object] = bool,
    ) -> None:
        """`feel` is told at each tick how late the last ones were, by their median."""
        self._clock = clock
        self._feel = feel
        self._lags: deque[Seconds] = deque(maxlen=int(WINDOW / TICK))
        self._due = self._beat = clock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._schedule()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._timer = None

    def tick(self) -> None:
        """Note how late this call is."""
        self._lags.append(max(0.0, self._clock() - self._due))
        last = sorted(islice(reversed(self._lags), LAST))
        self._feel(last[LAST // 2] if len(last) == LAST else 0.0)
        self._schedule()

    @property
    def age(self) -> Seconds:
        """Seconds since the loop last turned."""
        return self._clock() - self._beat

    @property
    def lag(self) -> Lag:
        lags = sorted(self._lags)
        if not lags:
            return Lag(0.0, 0.0)
        return Lag(max=lags[-1], p99=lags[(len(lags) - 1) * 99 // 100])

    def _schedule(self) -> None:
        # Our own clock: uvloop's stands still within an iteration.
        self._beat = self._clock()
        self._due = self._beat + TICK
        if self._loop is not None:
            self._timer = self._loop.call_later(TICK, self.tick)
