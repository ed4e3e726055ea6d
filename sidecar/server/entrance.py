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
