"""Abroad: others who may have the answer, or be about to: workers and pods.

    look ─▶ lease? ─┬─ ours ──────────▶ fetch, and give it back when that has ended
                    └─ another's ─▶ wait, look again ─┬─ found
                                                      └─ given up: ours

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
        """What others have; None: it is for this exchange to fetch."""
        ready = await self._look(exchange, found, now, use, here=False)
        if ready is not None or self._leases is None:
            return ready
        lease = await self._leases.take(found.variant, LASTS)
        while lease is None:
            if now() >= exchange.due:
                return None
            await asyncio.sleep(PAUSE)
            free = not await self._leases.is_taken(found.variant)
            # Who gave it back had put what there is before.
            ready = await self._look(exchange, found, now, use, here=True)
            if ready is not None:
                return ready
            if free:
                lease = await self._leases.take(found.variant, LASTS)
        self._hold(found, lease)
        return None

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
