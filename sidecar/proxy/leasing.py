"""Leasing: what workers and pods have for each other, and who of them fetches it.

    look ─▶ lease? and look again ─┬─ found: it came between the two
               ▲                   ├─ ours ─▶ fetch; given back when that has ended
               └──── wait ─────────┴─ another's

Only for who leads here: those behind it wait for one of their own. A lease ends by
itself, so that nobody waits for the dead, and is renewed for the living; nobody
waits longer than the exchange has time.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeAlias, TypeVar

from sidecar.policy.vary import suffix
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.looked_up import LookedUp
from sidecar.storage.entry import Stored, Variants
from sidecar.storage.held_leases import HeldLeases
from sidecar.storage.leases import Lease
from sidecar.storage.store import Store
from sidecar.units import Instant, Seconds

# Between looks at what another fetches.
PAUSE: Seconds = 0.02

Now: TypeAlias = Callable[[], Instant]
T = TypeVar("T")
Use: TypeAlias = Callable[[Stored, Instant], T | None]
"""What an entry is good for, if it is."""


class Leasing:
    def __init__(self, store: Store, leases: HeldLeases | None = None) -> None:
        self._store = store
        self._leases = leases if leases is not None and leases.are_shared else None

    @property
    def is_there(self) -> bool:
        """Whether there is anybody to ask."""
        return self._leases is not None or self._store.remote

    async def answer(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use[T]
    ) -> T | None:
        """What others have; None: it is for this exchange to fetch.

        The remote tier may delay it by the store's `patience`, once, which the limits
        that are counted there share.
        """
        left, began = self._store.patience, now()
        if left is not None:
            left -= found.delayed
            if left <= 0.0:
                return None
        try:
            async with asyncio.timeout(left):
                ready = await self._look(exchange, found, now, use, here=False)
                if ready is not None or self._leases is None:
                    return ready
                ready, lease = await self._take(exchange, found, now, use)
            if left is not None:
                left -= now() - began
            while ready is None and lease is None and now() < exchange.due:
                began = now()
                await asyncio.sleep(PAUSE)
                exchange.waited += now() - began
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

    async def glance(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use[T]
    ) -> T | None:
        """What others have now, without waiting for what they fetch."""
        left = self._store.patience
        try:
            async with asyncio.timeout(None if left is None else left - found.delayed):
                return await self._look(exchange, found, now, use, here=False)
        except TimeoutError:
            return None

    async def _take(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use[T]
    ) -> tuple[T | None, Lease | None]:
        """Ask for the lease, and look behind that: whoever gave it back had put
        what there is before.
        """
        if self._leases is None:
            return None, None
        take = self._leases.take(found.variant)
        if not self._store.remote:
            lease = await take
            return await self._look(exchange, found, now, use, here=True), lease
        # Both in one turn, and in this order.
        taking = asyncio.ensure_future(take)
        looking = asyncio.ensure_future(
            self._look(exchange, found, now, use, here=True)
        )
        try:
            return await looking, await taking
        except asyncio.CancelledError:
            looking.cancel()
            if not taking.cancel() and (taken := taking.result()):
                self._leases.give_back(taken)
            raise

    async def _look(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use[T], *, here: bool
    ) -> T | None:
        """`here`: look at what is near first; there was nothing before."""
        if here:
            ready = self._near(exchange, found, now, use)
            if ready is not None:
                return ready
        if not self._store.remote:
            return None
        entry = await self._store.fetch(found.variant)
        if isinstance(entry, Variants) and self._vary(exchange, found, entry):
            entry = self._store.get(found.variant)
            entry = entry or await self._store.fetch(found.variant)
        return use(entry, now()) if isinstance(entry, Stored) else None

    def _near(
        self, exchange: Exchange, found: LookedUp, now: Now, use: Use[T]
    ) -> T | None:
        entry = self._store.get(found.key)
        if isinstance(entry, Variants):
            self._vary(exchange, found, entry)
            entry = self._store.get(found.variant)
        if not isinstance(entry, Stored):
            return None
        ready = use(entry, now())
        if ready is None:
            # Who shares the tiers below may have made it fresh there.
            entry = self._store.beneath(found.variant)
            ready = use(entry, now()) if isinstance(entry, Stored) else None
        return ready

    def _vary(self, exchange: Exchange, found: LookedUp, entry: Variants) -> bool:
        """Take the variant that the request chooses; whether it is another."""
        variant = found.key + suffix(entry.names, exchange.request.values)
        changed, found.variant = variant != found.variant, variant
        return changed

    def _hold(self, found: LookedUp, lease: Lease) -> None:
        """Keep the lease as long as the flight goes on."""
        if self._leases is None:
            return
        if found.flight is None:
            self._leases.give_back(lease)
            return
        self._leases.hold(lease)
        found.flight.over = partial(self._let_go, lease)

    def _let_go(self, lease: Lease) -> None:
        if self._leases is not None:
            self._store.after_writes(partial(self._leases.give_back, lease))
