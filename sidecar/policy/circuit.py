"""Circuit: the three states of a breaker, and who is told when they change.

The state machine and its listeners are pybreaker's. Its `call` and `calling` are not
used: they count a cancelled await as a failure, and let everybody into a half-open
circuit (`policy.breaker` does both otherwise).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from sidecar.units import Instant, Seconds


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Have `package` look as if it were not installed; what is loaded stays."""
    if package in sys.modules:
        yield
        return
    # As the import system has it for a package that must not be imported.
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


# It would load all of redis-py, 6 MiB, for a storage that is not used here.
with _without("redis"):
    import pybreaker


class State(StrEnum):
    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Reason(StrEnum):
    """Why the state changed."""

    FAILURE_RATE = "failure_rate"
    SLOW_RATE = "slow_rate"
    COOLED = "cooled"
    RECOVERED = "recovered"
    RELAPSED = "relapsed"
    MANUAL = "manual"
    SHARED = "shared"
    """Another worker said so."""


class Outcome(Enum):
    """How an attempt ended, as the breaker sees it.

    ANSWERED is an answer that says nothing about the upstream's health (a 404):
    not counted, but a half-open circuit learns that somebody is there.
    THROTTLED is a 429 that counts: in the rate, not against a probe.
    NEUTRAL is no answer at all, for no fault of the upstream's: the client left.
    """

    SUCCESS = auto()
    FAILURE = auto()
    THROTTLED = auto()
    ANSWERED = auto()
    NEUTRAL = auto()


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker's state became another, or the same anew.

    `requests`, `failed` and `slow` are what its window held; `open_for` are seconds,
    None where it did not open or nobody knows.
    """

    at: Instant
    state: State
    reason: Reason
    requests: int = 0
    failed: int = 0
    slow: int = 0
    open_for: Seconds | None = None


Changed = Callable[[Change], None]


def unwatched(_change: Change) -> None:
    """Nobody wants to know."""


class _Listener(pybreaker.CircuitBreakerListener):
    def __init__(self, entered: Callable[[State], None]) -> None:
        self._entered = entered

    def state_change(self, cb: object, old_state: object, new_state: object) -> None:  # noqa: ARG002
        name: str = getattr(new_state, "name", pybreaker.STATE_CLOSED)
        self._entered(State(name.replace("-", "_")))


class Circuit:
    """`entered` is told of each state, also when it is entered again."""

    def __init__(self, entered: Callable[[State], None]) -> None:
        # It never opens by itself: it is not told of failures.
        self._machine = pybreaker.CircuitBreaker(fail_max=2**31)
        self._machine.add_listener(_Listener(entered))

    def open(self) -> None:
        self._machine.open()

    def half_open(self) -> None:
        self._machine.half_open()

    def close(self) -> None:
        self._machine.close()
