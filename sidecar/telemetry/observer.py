"""Observer: tells everyone who watches that an exchange is over, once.

`server.assembly` chooses who watches; what is off is `NOBODY`.
"""

from typing import Final, Protocol

from sidecar.telemetry.finished import Finished
from sidecar.units import Seconds


class Observes(Protocol):
    def observe(self, finished: Finished) -> None: ...


class Nobody:
    """The null object for metrics or a log that is off."""

    def observe(self, finished: Finished) -> None:
        """Do nothing."""


NOBODY: Final = Nobody()


class Observer:
    """What the pipeline calls in its `finally`.

    `slow_from`: less than that is slow on no route, and the slow log not asked.
    """

    __slots__ = ("_access_log", "_metrics", "_slow_from", "_slow_log")

    def __init__(
        self,
        metrics: Observes = NOBODY,
        access_log: Observes = NOBODY,
        slow_log: Observes = NOBODY,
        *,
        slow_from: Seconds = 0.0,
    ) -> None:
        self._metrics = metrics.observe
        self._access_log = access_log.observe
        self._slow_log = slow_log.observe
        self._slow_from = slow_from

    def observe(self, finished: Finished) -> None:
        self._metrics(finished)
        if finished.ended - finished.started >= self._slow_from:
            self._slow_log(finished)
        self._access_log(finished)
