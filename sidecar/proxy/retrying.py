"""Retrying: what one route repeats, and what it has learnt of when that is worth it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sidecar.policy.budget import Budget
from sidecar.policy.hedge import Hedge
from sidecar.policy.pressure import GivenUp, Level, Pressure
from sidecar.policy.retry import NO_RETRY, Reason, Retry
from sidecar.units import Instant, Seconds

SERVER_ERROR: Final = 500

Count = Callable[[Reason], None]


def _uncounted(_reason: Reason) -> None:
    return


@dataclass(frozen=True, slots=True)
class Retrying:
    """`budget` is shared by all that ask an upstream; `count` is told of tries.

    Under `pressure` nothing is asked for twice, whoever would pay for it.
    """

    retry: Retry = NO_RETRY
    budget: Budget = field(default_factory=lambda: Budget(0.0, free=0.0))
    hedge: Hedge | None = None
    count: Count = _uncounted
    chance: Callable[[], float] = random.random
    pressure: Pressure = field(default_factory=Pressure)

    def may_repeat(self, now: Instant) -> bool:
        """Whether a failed request may be sent again; if so it is paid for."""
        if self.pressure.level >= Level.EXTRAS:
            self.pressure.gave_up(GivenUp.RETRY)
            return False
        return self.budget.withdraw(now)

    def may_hedge(self, now: Instant) -> bool:
        """Whether a late request may be sent twice; if so it is paid for."""
        if self.hedge is None:
            return False
        if self.pressure.level >= Level.EXTRAS:
            self.pressure.gave_up(GivenUp.HEDGE)
            return False
        return self.hedge.may(now)

    def answered(self, status: int, took: Seconds, now: Instant) -> None:
        """A good answer pays for what may be tried again."""
        if status < SERVER_ERROR:
            self.budget.deposit(now)
            if self.hedge is not None:
                self.hedge.answered(took, now)


NEVER_AGAIN: Final = Retrying()
