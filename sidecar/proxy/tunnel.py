"""Tunnel: raw bytes both ways after the upstream's 101 (RFC 9110 §7.8).

    client ──▶ Direction ──▶ upstream
    client ◀── Direction ◀── upstream

Nothing is parsed or re-framed. Each end stops reading while the other does not
drain. The tunnel ends with either side, after `idle` seconds without a byte, or
when its lifetime is over.
"""

import asyncio

from sidecar.policy.deadlines import Deadlines
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.fetched import Fetched
from sidecar.proxy.route import Tunnels
from sidecar.semantics.forwarding import upgrade_head
from sidecar.units import Bytes, Instant
from sidecar.upstream.tunnel import Tunnel


class Direction:
    """Bytes from one end to the other; held while the other is not there yet."""

    __slots__ = ("_held", "_relay", "passed", "target")

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self._held: list[bytes] = []
        self.target: Tunnel | None = None
        self.passed: Bytes = 0

    def connect(self, target: Tunnel) -> None:
        self.target = target
        for data in self._held:
            target.received(data)
        self._held.clear()

    def received(self, data: bytes) -> None:
        self._relay.active()
        self.passed += len(data)
        if self.target is None:
            self._held.append(data)
        else:
            self.target.received(data)

    def eof(self) -> None:
        if self.target is not None:
            self.target.eof()
        self._relay.half_closed()

    def lost(self) -> None:
        self._relay.close()

    def pause(self) -> None:
        if self.target is not None:
            self.target.pause()

    def resume(self) -> None:
        if self.target is not None:
            self.target.resume()


class Relay:
    """Both directions of one tunnel, and how long they may last."""

    def __init__(self, limits: Tunnels, clock: Clock) -> None:
        self.to_upstream = Direction(self)
        self.to_client = Direction(self)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._limits = limits
        self._clock = clock
        self._ends = Instant(clock.now() + limits.lifetime)
        self._open_ways = 2
        self.due = self._ends
        self.active()

    def active(self) -> None:
        self.due = min(self._ends, Instant(self._clock.now() + self._limits.idle))

    def half_closed(self) -> None:
        self._open_ways -= 1
        if not self._open_ways:
            self.close()

    def expire(self, _now: Instant, /) -> None:
        self.close()

    def close(self) -> None:
        """End both sides; harmless when one or both have ended already."""
        if self.done.done():
            return
        self.done.set_result(None)
        for direction in (self.to_upstream, self.to_client):
            if direction.target is not None:
                direction.target.lost()


async def tunnel(
    exchange: Exchange, fetched: Fetched, clock: Clock, deadlines: Deadlines
) -> None:
    """Join client and upstream until one of them, or a limit, ends it."""
    limits = exchange.served_by.tunnels
    relay = Relay(limits, clock)
    limits.open += 1
    deadlines.watch(relay)
    began = clock.now()
    try:
        exchange.head_sent = True
        exchange.status = fetched.head.status
        relay.to_client.connect(
            exchange.downstream.tunnel(
                upgrade_head(fetched.head, exchange.request.upgrade or b""),
                relay.to_upstream,
            )
        )
        relay.to_upstream.connect(fetched.connection.tunnel(relay.to_client))
        await relay.done
    finally:
        relay.close()
        deadlines.forget(relay)
        limits.open -= 1
        exchange.sent = relay.to_client.passed
        exchange.body = clock.now() - began
