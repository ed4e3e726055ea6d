"""Asker: who asks, found once for each exchange, and only if somebody wants to know."""

from collections.abc import Callable

from sidecar.policy.identity import Identities, Identity
from sidecar.proxy.exchange import Exchange
from sidecar.units import Timestamp


class Asker:
    __slots__ = ("_wall", "identities")

    def __init__(self, identities: Identities, wall: Callable[[], Timestamp]) -> None:
        self.identities = identities
        self._wall = wall

    def who(self, exchange: Exchange) -> Identity:
        """Who asks, or only says so."""
        who = exchange.identity
        if who is None:
            found = self.identities
            if found.sources:
                who = found.identify(exchange, self._wall())
            else:
                who = found.address(exchange)
            exchange.identity = who
        return who

    def proven(self, exchange: Exchange) -> Identity | None:
        """Who asks; None where that is only claimed."""
        who = self.who(exchange)
        return who if who.is_proven else None

    def address(self, exchange: Exchange) -> Identity:
        return self.identities.address(exchange)
