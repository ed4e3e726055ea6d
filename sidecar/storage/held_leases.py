"""Held leases: of fetches that go on; renewed while they do, and given back at the end.

One timer for all, which runs while there are any. A fetch that never ends does not keep
others from theirs for ever.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from sidecar.storage.leases import Clock, Lease, Leases
from sidecar.units import Instant, Seconds

# As long as others wait for who has died.
LASTS: Final[Seconds] = 5.0
_BEAT: Final[Seconds] = 1.0
# Two that are late, or lost, do no harm.
_RENEW: Final[Seconds] = LASTS / 3
LONGEST: Final[Seconds] = 300.0


@dataclass(slots=True)
class _Held:
    lease: Lease
    since: Instant
    renewed: Instant


class HeldLeases:
    def __init__(self, leases: Leases, clock: Clock) -> None:
        self._leases = leases
        self._now = clock.now
        self._held: dict[bytes, _Held] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def are_shared(self) -> bool:
        return self._leases.are_shared

    async def take(self, key: bytes) -> Lease | None:
        """Return the lease; None: somebody else is at work."""
        return await self._leases.take(key, LASTS)

    def hold(self, lease: Lease) -> None:
        """Renew it until it is given back."""
        now = self._now()
        self._held[lease.token] = _Held(lease, now, now)
        if self._timer is None:
            self._begin()

    def give_back(self, lease: Lease) -> None:
        self._held.pop(lease.token, None)
        self._leases.give_back(lease)

    def beat(self) -> None:
        """Renew those that are due."""
        now = self._now()
        for token, held in [*self._held.items()]:
            if now >= held.since + LONGEST:
                del self._held[token]
            elif now >= held.renewed + _RENEW:
                held.renewed = now
                self._leases.renew(held.lease, LASTS)
        self._timer = None
        if self._held:
            self._begin()

    def _begin(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_BEAT, self.beat)
