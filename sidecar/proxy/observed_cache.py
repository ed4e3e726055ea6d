"""Observed cache: what a cache would have answered, counted and not carried out."""

from sidecar.proxy.cache import RouteCache
from sidecar.proxy.exchange import Exchange
from sidecar.units import Instant


class ObservedCache(RouteCache):
    """It stores, so that there is something to count; every request is forwarded."""

    def lookup(self, exchange: Exchange, now: Instant) -> None:
        found = super().lookup(exchange, now)
        keyed, exchange.asking = exchange.asking, exchange.request
        if exchange.found is not None and exchange.found.flight is not None:
            exchange.found.flight.hand_over()
        if found is not None:
            exchange.found = None
        elif exchange.found is not None:
            exchange.found.alone = True
            exchange.found.validates = False
            exchange.found.entry = None
            if keyed.target != exchange.request.target:
                # The answer may tell of what the key does not hold; a reload could
                # make it everybody's.
                exchange.found.key = b""
