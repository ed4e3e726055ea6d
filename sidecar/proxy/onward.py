"""Onward: what the upstream is asked for an exchange, or for a refresh behind it.

Without what does not count, for its answer would be everybody's; with the validators
of what is stored, so that a 304 may say that it still holds.
"""

from dataclasses import replace

from sidecar.policy.freshening import conditions
from sidecar.proxy.asking import asking
from sidecar.proxy.cache_shared import Lookups, Shared
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.looked_up import LookedUp, Ready
from sidecar.semantics.message import RequestHead
from sidecar.units import Instant


class Onward:
    def __init__(self, settings: Lookups, shared: Shared) -> None:
        self._shared = shared
        self._identity_encoding = settings.identity_encoding

    def begin(self, found: LookedUp) -> None:
        """Note of when the answer will be."""
        found.chance = self._shared.chance()
        found.mark = self._shared.store.mark()

    def asking(self, request: RequestHead, found: LookedUp) -> RequestHead:
        """What is asked to know whether what was found still holds."""
        entry = found.entry
        ours = [] if entry is None else conditions(entry.etag, entry.last_modified)
        found.validates = bool(ours)
        return asking(request, ours, identity_encoding=self._identity_encoding)

    def refresh(
        self, exchange: Exchange, ready: Ready, found: LookedUp, now: Instant
    ) -> None:
        """Ask for one, unless one is under way or has just failed."""
        flights, entry = self._shared.flights, found.entry
        if entry is None or now < entry.failed_until or flights.get(found.variant):
            return
        found.flight = flights.lead(found.variant)
        self.begin(found)
        request = as_keyed(exchange.request, found.target)
        exchange.asking = self.asking(request, found)
        ready.refresh = found


def as_keyed(request: RequestHead, target: bytes) -> RequestHead:
    """Without what does not count, where `target` is what does."""
    return request if target == request.target else replace(request, target=target)
