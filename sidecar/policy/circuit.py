"""Circuit: the three states of a breaker, and who is told when they change."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import cached_property
from typing import TYPE_CHECKING

from sidecar.units import Instant, Seconds

if TYPE_CHECKING:
    from pybreaker import CircuitBreaker


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


class Circuit:
    """Begins closed. `entered` is told of each state, also when it is entered again."""

    def __init__(self, entered: Callable[[State], None]) -> None:
        self._entered = entered

    def open(self) -> None:
        self._machine.open()

    def half_open(self) -> None:
        self._machine.half_open()

    def close(self) -> None:
        self._machine.close()

    @cached_property
    def _machine(self) -> "CircuitBreaker":
        from sidecar.policy.machine import machine  # noqa: PLC0415 - slow to import

        return machine(lambda name: self._entered(State(name)))
