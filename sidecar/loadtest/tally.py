"""Tally: what came of the requests to one target."""

from collections import Counter
from dataclasses import dataclass, field

from sidecar.loadtest.histogram import Histogram
from sidecar.units import Seconds

GOOD = range(200, 400)
TIMEOUT = "timeout"


@dataclass(slots=True)
class Tally:
    """latency: of good answers, and of those that did not come in time, which took at
    least that long. errors: by kind; an answer of 400 and above is one of them.
    """

    name: str
    latency: Histogram = field(default_factory=Histogram)
    errors: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    good: int = 0
    time: Seconds = 0.0
    """For how long requests were due."""

    @property
    def failed(self) -> int:
        return self.errors.total()

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.good / self.time if self.time else 0.0

    def answer(self, status: int, took: Seconds) -> None:
        if status in GOOD:
            self.good += 1
            self.latency.add(took)
        else:
            self.errors[f"status {status}"] += 1

    def late(self, took: Seconds) -> None:
        """No answer came in time."""
        self.errors[TIMEOUT] += 1
        self.latency.add(took)

    def failure(self, kind: str) -> None:
        self.errors[kind] += 1
