"""Unguarded: what permits are, and those of a route that nothing guards.

`proxy.permits` has the others, where a breaker or limits are asked for leave.
"""

from typing import Final, Protocol

from sidecar.policy.refused import CircuitOpen, Shedding
from sidecar.units import Instant


class Permit(Protocol):
    """Leave for one attempt."""

    def answered(self, status: int, now: Instant, /) -> None:
        """The upstream answered; its body may still follow."""

    def failed(self, error: BaseException, now: Instant, /) -> None:
        """The attempt came to nothing, or its body broke off; ends it."""

    def end(self, now: Instant, /) -> None:
        """Nothing of the attempt is left."""


class Free:
    """The permit where nothing has to be asked for leave."""

    __slots__ = ()

    def answered(self, status: int, now: Instant) -> None:
        pass

    def failed(self, error: BaseException, now: Instant) -> None:
        pass

    def end(self, now: Instant) -> None:
        pass


FREE: Final = Free()


class Permits(Protocol):
    """Where a route's requests get their permits."""

    @property
    def is_open(self) -> bool:
        """Whether there is leave for one more; else one of these says why not."""

    def refusal(self, now: Instant, /) -> CircuitOpen | None:
        """Why nobody may ask now, if that is known without asking for leave."""

    def crowded(self, due: Instant, /) -> Shedding | None:
        """Why there is no room, and no waiting for it either, if so."""

    def take(self, now: Instant, /) -> Permit | None:
        """A permit, if it can be had at once."""

    async def wait(self, due: Instant, /) -> Permit:
        """A permit, before `due`.

        Raises:
            CircuitOpen, Overloaded
        """


class Unguarded:
    """Of a route without a breaker and limits."""

    is_open = True

    def refusal(self, _now: Instant, /) -> CircuitOpen | None:
        return None

    def crowded(self, _due: Instant, /) -> Shedding | None:
        return None

    def take(self, _now: Instant, /) -> Permit | None:
        return FREE

    async def wait(self, _due: Instant, /) -> Permit:
        return FREE


UNGUARDED: Final = Unguarded()
