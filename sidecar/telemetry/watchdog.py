"""Watchdog: says where the event loop is stuck, while it is.

A thread looks every `LOOK` how long ago the loop turned (`telemetry.loop_lag`),
and logs the stack of its thread once for each time that it is stuck, at most one a
second. Who replaces a process that stays stuck is who started it.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType

from sidecar.telemetry.log import Log
from sidecar.telemetry.pacing import Pace
from sidecar.units import Seconds

LATE: Seconds = 0.25
LOOK: Seconds = 0.05
# The innermost functions; what calls the loop is the same every time.
FRAMES = 12
# Where we slept longer ourselves, the machine stood still and not the loop.
_OVERSLEPT: Seconds = 4 * LOOK


class Watchdog:
    """Watches the loop of the thread that calls `start`.

    `age`: seconds since that loop turned.
    """

    def __init__(
        self,
        age: Callable[[], Seconds],
        log: Log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._age = age
        self._log = log
        self._clock = clock
        self._pace = Pace(clock=clock)
        self._stuck = False
        self._looked = clock()
        self._watched = 0
        self._end = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="watchdog", daemon=True
        )

    def start(self) -> None:
        self._watched = threading.get_ident()
        self._looked = self._clock()
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def look(self) -> None:
        """Log where the loop is stuck, if it is and that was not said yet."""
        now = self._clock()
        slept, self._looked = now - self._looked, now
        age = self._age()
        if age <= LATE:
            self._stuck = False
        elif not self._stuck and slept < _OVERSLEPT:
            self._stuck = True
            self._say(age)

    def _say(self, age: Seconds) -> None:
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001 - the only way
        left_out = self._pace.admit("stuck")
        if frame is None or left_out is None:
            return
        self._log.warning(
            "event loop blocked",
            seconds=round(age, 3),
            suppressed=left_out,
            traceback=_stack(frame),
        )

    def _watch(self) -> None:
        while not self._end.wait(LOOK):
            self.look()


def _stack(frame: FrameType) -> str:
    return "".join(traceback.format_stack(frame)[-FRAMES:])
