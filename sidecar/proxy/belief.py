"""Belief: what a trusted proxy in front of us says of its client."""

from sidecar.policy.trust import Networks, client
from sidecar.proxy.exchange import Exchange


def believe(exchange: Exchange, trusted: Networks) -> None:
    """Take it over; the exchange's peer is one of `trusted`."""
    exchange.trusted = True
    said = client(exchange.downstream.peer, exchange.request.values, trusted)
    exchange.client = said.address
    exchange.scheme = said.scheme or exchange.scheme
    exchange.forwarded_host = said.host or exchange.forwarded_host
    exchange.forwarded_port = said.port or exchange.forwarded_port
