"""Entrance: what all client connections of a worker share, whichever the door."""

from dataclasses import dataclass

from sidecar.policy.deadlines import Deadlines
from sidecar.proxy.clock import Clock
from sidecar.server.connections import Connections
from sidecar.server.gate import Limits
from sidecar.units import Seconds


@dataclass(frozen=True, slots=True)
class ClientTimeouts:
    """Seconds that a client may take, before a route is known."""

    head: Seconds
    idle: Seconds
    write: Seconds


@dataclass(slots=True)
class Entrance:
    """What all connections of a door share."""

    limits: Limits
    timeouts: ClientTimeouts
    connections: Connections
    deadlines: Deadlines
    clock: Clock
    overload: bytes
    """Sent to a connection that there is no room for."""
    draining: bool = False
    """Every answer ends its connection."""
    leaving: bool = False
    """For good."""

    def leave(self) -> None:
        """End each connection with its answer."""
        self.leaving = self.draining = True

    def refuse(self, *, scarce: bool) -> None:
        """Let nobody in, or again; `scarce`: there is no memory for one more."""
        self.connections.scarce = scarce
        self.draining = scarce or self.leaving
