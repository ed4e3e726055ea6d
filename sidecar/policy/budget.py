"""Budget: how many extra requests the ordinary ones pay for.

Every answer pays in a share of a request; a second try takes out a whole one, of its
own upstream. A failed answer pays nothing: where everything fails, what was saved is
soon spent, and only the little that is always free remains. So tries never add to an
outage what made it.
"""

from typing import Final

from sidecar.units import Instant, Seconds

# Finagle's RetryBudget: ten a second are always free, and savings are kept so long.
FREE_PER_SECOND: Final = 10.0
KEPT_FOR: Final[Seconds] = 10.0
# What is paid in within it wears off together.
TOGETHER: Final[Seconds] = 0.1


class Budget:
    """`share` of all requests, and `free` a second besides; of few a second, one."""

    __slots__ = (
        "_at",
        "_free",
        "_most",
        "_paid",
        "_rate",
        "_saved",
        "_share",
        "_until",
    )

    def __init__(self, share: float, *, free: float = FREE_PER_SECOND) -> None:
        self._share = share
        self._free = free
        self._most = max(1.0, free) if free else 0.0
        self._saved = 0.0
        self._paid = 0  # since `_at`
        self._rate = self._most  # what is free now, of one second
        self._at = self._until = Instant(0.0)

    def deposit(self, now: Instant) -> None:
        """A request was answered well."""
        if now >= self._until:
            self._pass(now)
        self._paid += 1

    def withdraw(self, now: Instant) -> bool:
        """Whether an extra request may be made; if so it is paid for."""
        self._pass(now)
        if self._saved >= 1.0:
            self._saved -= 1.0
        elif self._rate >= 1.0:
            self._rate -= 1.0
        else:
            return False
        return True

    def _pass(self, now: Instant) -> None:
        passed = max(0.0, now - self._at)
        self._saved += self._paid * self._share
        self._paid = 0
        # Old savings wear off; those of a whole day must not be spent in one minute.
        self._saved *= max(0.0, 1.0 - passed / KEPT_FOR)
        if passed > 0.0:
            self._at = now
            self._until = Instant(now + TOGETHER)
            self._rate = min(self._most, self._rate + passed * self._free)
