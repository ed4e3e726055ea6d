"""Observer: tells everyone who watches that an exchange is over, once.

`server.assembly` chooses who watches; what is off is `NOBODY`.
"""

from typing import Final, Protocol

from sidecar.telemetry.finished import Finished


class Observes(Protocol):
    def observe(self, finished: Finished) -> None: ...


class Nobody:
    """The null object for metrics or a log that is off."""

    def observe(self, finished: Finished) -> None:
        """Do nothing."""


NOBODY: Final = Nobody()


class Observer:
    """What the pipeline calls in its `finally`."""

    __slots__ = ("_access_log", "_metrics", "_slow_log")

    def __init__(
        self,
        metrics: Observes = NOBODY,
        access_log: Observes = NOBODY,
        slow_log: Observes = NOBODY,
    ) -> None:
        self._metrics = metrics.observe
        self._access_log = access_log.observe
        self._slow_log = slow_log.observe

    def observe(self, finished: Finished) -> None:
        self._metrics(finished)
        self._slow_log(finished)
        self._access_log(finished)
