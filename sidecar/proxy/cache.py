"""Cache: what one route answers from its store, without a task or a wait.

    lookup ─┬─ Ready       fresh, or stale where that is allowed
            ├─ an error    nothing is stored, and the client wants nothing else
            └─ None        to be forwarded; `exchange.found` says why

What comes back is judged and stored by `proxy.cached_answer`.
"""

from typing import Final

from sidecar.errors import SidecarError
from sidecar.policy.bypass import UNUSUAL, is_usual, passes
from sidecar.policy.cache_key import WHOLE_QUERY, spelt, told
from sidecar.policy.early_refresh import is_due
from sidecar.policy.ownership import is_for
from sidecar.policy.refused import NothingStored
from sidecar.policy.reuse import Forward, Use, asked, on_error, reuse
from sidecar.policy.vary import suffix
from sidecar.proxy.cache_shared import Lookups
from sidecar.proxy.cached_answer import CachedAnswer
from sidecar.proxy.elsewhere import Elsewhere
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.leasing import Now
from sidecar.proxy.looked_up import LookedUp, Ready
from sidecar.proxy.onward import Onward, as_keyed
from sidecar.proxy.users import Users
from sidecar.proxy.verdicts import METHOD
from sidecar.storage.entry import UNSETTLED, Stored, Variants
from sidecar.units import Instant, Seconds

# How long a failure is held against an upstream that nobody asked since.
BELIEVED: Final[Seconds] = 30.0
_READS: Final = frozenset({b"GET", b"HEAD"})
_URI_MISS: Final = Forward.URI_MISS


class RouteCache:
    def __init__(self, settings: Lookups, answered: CachedAnswer) -> None:
        self.answered = answered
        self._settings = settings
        self._shared = answered.shared
        self._store = answered.shared.store
        self._writer = answered.writer
        self._onward = Onward(settings, answered.shared)
        self._elsewhere = Elsewhere(answered.shared, answered.writer)
        self._constant = settings.key.constant
        self._target = settings.key.query.target
        self._users = Users(settings.key, settings.apart)
        self._is_whole = settings.key.query is WHOLE_QUERY

    def lookup(self, exchange: Exchange, now: Instant) -> Ready | SidecarError | None:
        request = exchange.request
        values = request.values
        target = request.target if self._is_whole else self._target(request.target)
        site, apart = spelt(exchange.scheme, request.authority)
        url = site + target
        if request.method not in _READS:
            exchange.found = LookedUp(METHOD, url, alone=True)
            return None
        key = variant = url + (self._constant or self._users.suffix(exchange))
        if apart:
            key = variant = key + apart
        if exchange.trusted:
            key = variant = key + told(values, exchange.forwarded_host)
        entry = self._store.get(key)
        why = _URI_MISS
        if isinstance(entry, Variants):
            why = Forward.VARY_MISS
            variant = key + suffix(entry.names, values)
            entry = self._store.get(variant)
        if isinstance(entry, Stored):
            if (
                now < entry.fresh_until
                and now < entry.refresh_from
                and UNUSUAL.isdisjoint(values)
                and not entry.owner
                and not entry.lifetimes.validate
                and not request.has_body
            ):
                self._shared.counts.hit += 1
                exchange.cached = "hit"
                return self._writer.hit(exchange, entry, variant, now)
            why = Forward.STALE
        exchange.found = found = LookedUp(why, url, key, variant, target)
        barren = self._shared.barren
        if entry is None and barren.is_sure(key, now) and is_usual(request):
            # Nearly every request of a route where nothing is storable.
            found.barren = found.passes = found.alone = True
            exchange.asking = as_keyed(request, target)
            self._users.sign(exchange, found)
            self._onward.begin(found)
            return None
        return self._decide(exchange, found, entry, now)

    def may_ask(self, exchange: Exchange) -> bool:
        """Whether the upstream may be asked at once; else `found.awaited` leads."""
        found = exchange.found
        if found is None or found.alone or found.flight is not None:
            return True
        flights = self._shared.flights
        flight = flights.get(found.variant)
        if flight is None:
            found.flight = flights.lead(found.variant)
            return True
        found.awaited = flight
        return False

    def may_be_spared(self, exchange: Exchange) -> bool:
        found = exchange.found
        if found is None or found.alone:
            return False
        return found.variant in self._shared.flights or self._elsewhere.is_there

    def may_be_remembered(self, exchange: Exchange) -> bool:
        found = exchange.found
        return self._store.remote and found is not None and not found.alone

    def again(self, exchange: Exchange, now: Instant) -> Ready | None:
        """The answer that another's fetch brought, after the wait for it."""
        found = exchange.found
        if found is None:
            return None
        entry = self._store.get(found.key)
        if isinstance(entry, Variants):
            found.variant = found.key + suffix(entry.names, exchange.request.values)
            entry = self._store.get(found.variant)
        if not isinstance(entry, Stored):
            return None
        if not is_for(entry.owner, found.owner):
            found.others = entry
            return None
        left = entry.fresh_until - now
        used = reuse(entry.lifetimes, now - entry.born, left, found.control)
        refreshed = found.variant in self._shared.flights
        if used is Use.HIT or (used is Use.STALE and refreshed):
            return self.answered.collapsed(exchange, entry, left)
        if entry.failed_until and on_error(entry.lifetimes, left, found.control):
            found.entry = entry
            return self.answered.stale(exchange, now, None)
        return None

    def asks_others(self, exchange: Exchange) -> bool:
        return self._elsewhere.is_asked(exchange)

    async def remembered(self, exchange: Exchange, now: Now) -> Ready | None:
        found = exchange.found
        known = None if found is None else found.entry
        ready = await self._elsewhere.answer(exchange, now)
        if found is None or found.entry is known:
            return ready
        if ready is None:
            exchange.asking = self._onward.asking(exchange.asking, found)
        elif exchange.cached == "stale":
            self._onward.refresh(exchange, ready, found, now())
        return ready

    async def is_refreshed(self, exchange: Exchange, now: Now) -> bool:
        return await self._elsewhere.is_fresher(exchange, now)

    def _decide(
        self, exchange: Exchange, found: LookedUp, entry: object, now: Instant
    ) -> Ready | SidecarError | None:
        """What is not a plain hit."""
        request = exchange.request
        values = request.values
        found.control = control = asked(
            values, ignores_no_cache=self._settings.ignores_no_cache
        )
        self._users.sign(exchange, found)
        found.alone = not self._settings.collapse or request.method != b"GET"
        if passes(request, stored=isinstance(entry, Stored)):
            return self._bypass(found)
        if isinstance(entry, Stored):
            if is_for(entry.owner, found.owner):
                return self._reuse(exchange, found, entry, now)
            if passes(request):
                return self._bypass(found)
            found.why, found.others = Forward.MISS, entry
        elif control.no_cache or control.no_store:
            found.alone = True
        elif self._shared.barren.reason(found.key, now) is not None:
            found.passes = found.alone = True
        return self._forward(exchange, found)

    def _reuse(
        self, exchange: Exchange, found: LookedUp, entry: Stored, now: Instant
    ) -> Ready | SidecarError | None:
        left = entry.fresh_until - now
        decision = reuse(entry.lifetimes, now - entry.born, left, found.control)
        found.entry = entry
        if isinstance(decision, Use):
            exchange.cached = "hit" if decision is Use.HIT else "stale"
            self._shared.counts.count(exchange.cached)
            ready = self._writer.hit(exchange, entry, found.variant, now)
            if decision is Use.STALE or (
                decision is Use.HIT and self._is_early(entry, left, now)
            ):
                self._onward.refresh(exchange, ready, found, now)
            return ready
        if self._is_failing(found, entry, now) and on_error(
            entry.lifetimes, left, found.control
        ):
            ready = self.answered.stale(exchange, now, None)
            self._onward.refresh(exchange, ready, found, now)
            return ready
        if passes(exchange.request):
            return self._bypass(found)
        found.why = decision
        if decision is Forward.REQUEST or entry.lifetimes.validate:
            found.alone = True
        return self._forward(exchange, found)

    def _forward(self, exchange: Exchange, found: LookedUp) -> SidecarError | None:
        if found.control.only_if_cached:
            return NothingStored()
        self._onward.begin(found)
        exchange.asking = request = as_keyed(exchange.request, found.target)
        if request.method == b"GET" and not found.passes:
            exchange.asking = self._onward.asking(request, found)
        return None

    def _bypass(self, found: LookedUp) -> SidecarError | None:
        found.why, found.key, found.alone = Forward.BYPASS, b"", True
        found.entry = None
        return NothingStored() if found.control.only_if_cached else None

    def _is_early(self, entry: Stored, left: Seconds, now: Instant) -> bool:
        """Whether this hit is to fetch anew before others have to wait."""
        if now < entry.refresh_from:
            return False
        return is_due(left, entry.cost, self._shared.chance())

    def _is_failing(self, found: LookedUp, entry: Stored, now: Instant) -> bool:
        """Whether the upstream failed a moment ago, and nobody knows better yet."""
        until, flight = entry.failed_until, self._shared.flights.get(found.variant)
        return until > UNSETTLED and (now < until + BELIEVED or flight is not None)
