"""Unbroken: breakers that refuse nobody: one that is not there, one that watches."""

from sidecar.policy.breaker import REFUSED, Breaker
from sidecar.policy.circuit import Outcome, State
from sidecar.proxy.permits import Tally
from sidecar.units import Instant, Seconds

_ALWAYS = 1
# No generation of a breaker's: what comes of it is not recorded.
_UNRECORDED = -1


class Unbroken:
    """There is no breaker."""

    __slots__ = ()

    calm = _ALWAYS

    def permit(self, _now: Instant, /) -> int:
        return _ALWAYS

    def record(
        self, _permit: int, _outcome: Outcome, _took: Seconds, _now: Instant, /
    ) -> None:
        return

    def correct(self, _permit: int, _now: Instant, /) -> None:
        return

    def retry_after(self, _now: Instant, /) -> Seconds:
        return 0.0

    def refuses(self, _now: Instant, /) -> bool:
        return False

    def is_full(self, _now: Instant, /) -> bool:
        return False


UNBROKEN = Unbroken()


class Watching:
    """A breaker that is only watched: whom it would refuse is counted, and passes.

    What is held open by hand is open: that is no decision of the breaker's.
    """

    __slots__ = ("_breaker", "_tally", "correct", "record")

    def __init__(self, breaker: Breaker, tally: Tally) -> None:
        self._breaker = breaker
        self._tally = tally
        self.record = breaker.record
        self.correct = breaker.correct

    @property
    def calm(self) -> int:
        return self._breaker.calm

    def permit(self, now: Instant, /) -> int:
        permit = self._breaker.permit(now)
        if permit != REFUSED or self._breaker.forced:
            return permit
        self._tally.count("observed")
        return _UNRECORDED

    def retry_after(self, now: Instant, /) -> Seconds:
        return self._breaker.retry_after(now) if self._breaker.forced else 0.0

    def refuses(self, now: Instant, /) -> bool:
        return self._breaker.forced is State.OPEN and self._breaker.refuses(now)

    def is_full(self, _now: Instant, /) -> bool:
        return False
