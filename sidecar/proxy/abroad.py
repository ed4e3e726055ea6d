"""Abroad: others who may have the answer, or be about to: workers and pods.

    look ─▶ lease? and look again ─┬─ found: it came between the two
               ▲                   ├─ ours ─▶ fetch; given back when that has ended
               └──── wait ─────────┴─ another's

Only for who leads here: those behind it wait for one of their own. A lease ends by
itself, so that nobody waits for the dead; and nobody waits longer than the
exchange has time.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from sidecar.policy.vary import suffix
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.looked_up import LookedUp, Ready
from sidecar.storage.entry import Entry, Stored, Variants
from sidecar.storage.leases import Lease, Leases
from sidecar.storage.store import Store
from sidecar.units import Instant, Seconds

# As long as a fetch may take before others give up on it.
LASTS: Seconds = 10.0
# Between looks at what another fetches.
PAUSE: Seconds = 0.02

Now: TypeAlias = Callable[[], Instant]
Use: TypeAlias = Callable[[Stored, Instant], Ready | None]
"""The answer that an entry is, if it is one."""


class Abroad:
    def __init__(self, store: Store, leases: Leases | None = None) -> None:
        self._store = store
        self._leases = leases if leases is not None and leases.are_shared else None

    @property
    def is_there(self) -> bool:
        """Whether there is anybody to ask."""
        return self._leases is not None or self._store.remote

    async def answer(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use
    ) -> Ready | None:
        """What others have; None: it is for this exchange to fetch.

        The remote tier may delay it by the store's `patience`, once.
        """
        left, began = self._store.patience, now()
        try:
            async with asyncio.timeout(left):
                ready = await self._look(exchange, found, now, use, here=False)
                if ready is not None or self._leases is None:
                    return ready
                ready, lease = await self._take(exchange, found, now, use)
            if left is not None:
                left -= now() - began
            while ready is None and lease is None and now() < exchange.due:
                await asyncio.sleep(PAUSE)
                async with asyncio.timeout(left):
                    ready, lease = await self._take(exchange, found, now, use)
        except TimeoutError:
            return None
        if lease is not None:
            if ready is None:
                self._hold(found, lease)
            else:
                self._leases.give_back(lease)
        return ready

    async def _take(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use
    ) -> tuple[Ready | None, Lease | None]:
        """Ask for the lease, and look behind that: whoever gave it back had put
        what there is before.
        """
        if self._leases is None:
            return None, None
        take = self._leases.take(found.variant, LASTS)
        if not self._store.remote:
            lease = await take
            return await self._look(exchange, found, now, use, here=True), lease
        look = self._look(exchange, found, now, use, here=True)
        lease, ready = await asyncio.gather(take, look)  # asked in this order
        return ready, lease

    async def _look(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use, *, here: bool
    ) -> Ready | None:
        entry = await self._get(found.key, here=here)
        if isinstance(entry, Variants):
            found.variant = found.key + suffix(entry.names, exchange.request.values)
            entry = await self._get(found.variant, here=True)
        return use(entry, now()) if isinstance(entry, Stored) else None

    async def _get(self, key: bytes, *, here: bool) -> Entry | None:
        """`here`: look at what is near first; it was not there before."""
        entry = self._store.get(key) if here else None
        if entry is None and self._store.remote:
            entry = await self._store.fetch(key)
        return entry

    def _hold(self, found: LookedUp, lease: Lease) -> None:
        """Keep the lease as long as the flight goes on."""
        if found.flight is not None:
            found.flight.over = partial(self._let_go, lease)
        elif self._leases is not None:
            self._leases.give_back(lease)

    def _let_go(self, lease: Lease) -> None:
        if self._leases is not None:
            self._store.after_writes(partial(self._leases.give_back, lease))
