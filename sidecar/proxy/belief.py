"""Belief: what a trusted proxy in front of us says of its client."""

from sidecar.policy.trust import Networks, client
from sidecar.proxy.exchange import Exchange
from sidecar.units import Instant

# Of milliseconds: eleven days.
_DIGITS = 9


def believe(exchange: Exchange, trusted: Networks) -> None:
    """Take it over; the exchange's peer is one of `trusted`."""
    exchange.trusted = True
    said = client(exchange.downstream.peer, exchange.request.values, trusted)
    exchange.client = said.address
    exchange.scheme = said.scheme or exchange.scheme
    exchange.forwarded_host = said.host or exchange.forwarded_host
    exchange.forwarded_port = said.port or exchange.forwarded_port
    if tell := exchange.served_by.timeouts.tell:
        _hurry(exchange, exchange.request.values.get(tell))


def _hurry(exchange: Exchange, milliseconds: bytes | None) -> None:
    """Nobody waits longer for us than we are told."""
    if (
        milliseconds is None
        or not milliseconds.isdigit()
        or len(milliseconds) > _DIGITS
    ):
        return
    exchange.wanted_by = Instant(exchange.started + int(milliseconds) / 1000)
    exchange.due = min(exchange.due, exchange.wanted_by)
