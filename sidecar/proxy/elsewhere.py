"""Elsewhere: what other workers and pods have, or fetch now, for who leads here.

An answer to an exchange, or what makes a refresh behind its back needless.
"""

from functools import partial

from sidecar.policy.ownership import is_for
from sidecar.policy.reuse import Forward, Use, reuse
from sidecar.proxy.cache_shared import Shared
from sidecar.proxy.collapse import Turn
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.leasing import Leasing, Now
from sidecar.proxy.looked_up import LookedUp, Ready
from sidecar.proxy.ready import Writer
from sidecar.storage.entry import Stored
from sidecar.units import Instant


class Elsewhere:
    def __init__(self, shared: Shared, writer: Writer) -> None:
        self._leasing = Leasing(shared.store, shared.leases)
        self._counts = shared.counts
        self._writer = writer

    @property
    def is_there(self) -> bool:
        """Whether there is anybody to ask."""
        return self._leasing.is_there

    def is_asked(self, exchange: Exchange) -> bool:
        found = exchange.found
        return found is not None and found.flight is not None and self._leasing.is_there

    async def answer(self, exchange: Exchange, now: Now) -> Ready | None:
        """What is stored there; None: it is for this exchange to fetch.

        `found.entry` is then what is stale there, if anything is.
        """
        found = exchange.found
        if found is None or found.flight is None:
            return None
        use = partial(self._usable, exchange, found)
        # Who may not fetch has no use for a lease.
        ask = self._leasing.answer if found.refused is None else self._leasing.glance
        ready = await ask(exchange, found, now, use)
        if ready is not None:
            _settle(found)
        return ready

    async def is_fresher(self, exchange: Exchange, now: Now) -> bool:
        """Whether another has refreshed what this exchange was to."""
        found = exchange.found
        if found is None or found.flight is None or found.entry is None:
            return False
        use = partial(_fresher, found.entry)
        if await self._leasing.answer(exchange, found, now, use) is None:
            return False
        _settle(found)
        return True

    def _usable(
        self, exchange: Exchange, found: LookedUp, entry: Stored, now: Instant
    ) -> Ready | None:
        if not is_for(entry.owner, found.owner):
            found.others = entry
            return None
        left = entry.fresh_until - now
        decision = reuse(entry.lifetimes, now - entry.born, left, found.control)
        if found.entry is None or found.entry.received <= entry.received:
            found.entry = entry
        if decision is not Use.HIT and decision is not Use.STALE:
            found.why = Forward.STALE
            return None
        exchange.cached = "hit" if decision is Use.HIT else "stale"
        self._counts.count(exchange.cached)
        return self._writer.hit(exchange, entry, found.variant, now)


def _fresher(stale: Stored, entry: Stored, now: Instant) -> Stored | None:
    return entry if entry.fresh_until > max(now, stale.fresh_until) else None


def _settle(found: LookedUp) -> None:
    if found.flight is not None:
        flight, found.flight = found.flight, None
        flight.settle(Turn.AGAIN)
