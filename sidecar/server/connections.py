"""Connections: the clients that are connected now, and how many there may be.

Both doors ask here before they serve a connection, so that the file descriptors
which logs, upstreams and the admin listener need are never spent on clients.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Literal, Protocol

# Kept back for listeners, logs and stores; the rest is halved, for each client
# may need a connection to the upstream.
RESERVED_DESCRIPTORS = 128


class Refused(StrEnum):
    """Why a connection is not served; the label in `sidecar_connections_refused`."""

    TOTAL = "total"
    ADDRESS = "address"
    MEMORY = "memory"


class Connection(Protocol):
    """A client's connection, as a drain sees it."""

    def close_if_idle(self) -> None:
        """Close it if it carries no request and has been quiet for a while."""

    def abort(self) -> None: ...


def affordable() -> int:
    """How many client connections the limit of file descriptors allows."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _served_with(soft)


def granted(wanted: int) -> int:
    """How many of the `wanted` client connections there are descriptors for.

    Raises the limit of this process as far as it needs and may.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + RESERVED_DESCRIPTORS
    if resource.RLIM_INFINITY != soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return min(wanted, affordable())


def shortfall(wanted: int | Literal["auto"], workers: int) -> str:
    """Say that the workers cannot have the `wanted` connections; empty: they can."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted == "auto" or hard == resource.RLIM_INFINITY:
        return ""
    most = workers * _served_with(hard)
    if wanted <= most:
        return ""
    return (
        f"limits.connections is {wanted}, and {most} are served: the limit of file"
        f" descriptors is {hard}, and each worker needs two for a client"
    )


def _served_with(descriptors: int) -> int:
    if descriptors == resource.RLIM_INFINITY:
        return 1_000_000
    return max(16, (descriptors - RESERVED_DESCRIPTORS) // 2)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many client connections there may be; None: any number.

    here: with one worker, for its descriptors. everywhere: with all of them.
    per_address: of one address, with all of them.
    """

    here: int
    everywhere: int | None = None
    per_address: int | None = None


class ConnectionsElsewhere(Protocol):
    """What other workers have, and are told of this one's."""

    def count(self) -> int:
        """Open connections of other workers."""

    def of(self, address: str) -> int:
        """Those of one address."""

    def entered(self, count: int, address: str) -> None:
        """One came in from there; so many are open here now."""

    def left(self, count: int, address: str) -> None: ...


class Nowhere:
    """`ConnectionsElsewhere` of a worker that is alone."""

    def count(self) -> int:
        return 0

    def of(self, _address: str) -> int:
        return 0

    def entered(self, count: int, address: str) -> None:
        """Nobody wants to know."""

    def left(self, count: int, address: str) -> None:
        """Nobody wants to know."""


class Connections:
    """The open ones, on one worker."""

    def __init__(self, bounds: Bounds) -> None:
        self.accepted = 0
        self.refused: Counter[str] = Counter(dict.fromkeys(Refused, 0))
        self.bounds = bounds
        """May be replaced: those that are here stay."""
        self.elsewhere: ConnectionsElsewhere = Nowhere()
        self.scarce = False
        """There is no memory for one more."""
        self._open: set[Connection] = set()
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._open))

    def enter(self, connection: Connection, address: str) -> Refused | None:
        """Take a connection in, or say why not. Hand it back with `leave`."""
        self.accepted += 1
        refused = self._refused(address)
        if refused is not None:
            self.refused[refused] += 1
            return refused
        if address:
            self._by_address[address] += 1
        self._open.add(connection)
        self.elsewhere.entered(len(self._open), address)
        return None

    def leave(self, connection: Connection, address: str) -> None:
        """Let go of a connection; harmless when it was never let in."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        self.elsewhere.left(len(self._open), address)
        if address:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _refused(self, address: str) -> Refused | None:
        if self.scarce:
            return Refused.MEMORY
        bounds, count = self.bounds, len(self._open)
        if count >= bounds.here:
            return Refused.TOTAL
        everywhere = bounds.everywhere
        if everywhere is not None and count + self.elsewhere.count() >= everywhere:
            return Refused.TOTAL
        if (
            address
            and bounds.per_address is not None
            and self._by_address[address] + self.elsewhere.of(address)
            >= bounds.per_address
        ):
            return Refused.ADDRESS
        return None


def peer_address(transport: asyncio.Transport) -> str:
    """Return the peer's address, an IPv4 one as such; empty for a unix socket."""
    peer = transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        return ""
    address = str(peer[0]).partition("%")[0]
    if ":" in address and (mapped := IPv6Address(address).ipv4_mapped):
        return str(mapped)
    return address
