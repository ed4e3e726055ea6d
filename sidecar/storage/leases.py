"""Leases: of all who would fetch the same, one does.

    one worker alone   nobody to ask: the lease is always ours
    workers            the ledger that they share; at once
    pods               Redis; asked only by who has the lease of its host

A lease ends by itself after a while: who held it may have died. Who is at work for
longer renews it.
"""

from dataclasses import dataclass
from secrets import token_bytes
from typing import Final, Protocol

from sidecar.storage.envelope import ID, key_digest
from sidecar.storage.ledger import Ledger
from sidecar.units import Instant, Seconds

_TOKEN: Final = 16
# The ledger has room for few values: leases meet in these places. Who meets the
# lease of another key goes on without one.
_PLACES: Final = 512
_RENEWED: Final = b"+"


@dataclass(frozen=True, slots=True)
class Lease:
    """`token` is what gives it back; each key's is another."""

    key: bytes
    token: bytes


class Clock(Protocol):
    def now(self) -> Instant: ...


class Remote(Protocol):
    """As `storage.redis_lease` has it."""

    async def take(self, key: bytes, duration: Seconds) -> bytes | None: ...
    def renew(self, key: bytes, token: bytes, duration: Seconds) -> None: ...
    def give_back(self, key: bytes, token: bytes) -> None: ...


class Leases:
    """Never raises; where nobody can be asked everybody has every lease."""

    def __init__(
        self, clock: Clock, ledger: Ledger | None = None, remote: Remote | None = None
    ) -> None:
        self._now = clock.now
        self._ledger = ledger
        self._remote = remote

    @property
    def are_shared(self) -> bool:
        """Whether there is anybody to ask."""
        return self._ledger is not None or self._remote is not None

    async def take(self, key: bytes, duration: Seconds) -> Lease | None:
        """Return the lease; None: somebody else is at work."""
        token = token_bytes(_TOKEN)
        if not self._take_here(key, token, duration):
            return None
        if self._remote is None:
            return Lease(key, token)
        remote = None
        try:
            remote = await self._remote.take(key, duration)
        finally:
            if remote is None:
                self._let_go(key, token)
        if remote is None:
            return None
        return Lease(key, token + remote)

    def renew(self, lease: Lease, duration: Seconds) -> None:
        """Have it for so long from now on, if nobody else has it now."""
        if self._ledger is not None:
            place, digest = _place(lease.key)
            ours = digest + lease.token[:_TOKEN]

            def renewed(held: bytes | None) -> bytes | None:
                if held is not None and not held.startswith(ours):
                    return held
                # Another value each time: an equal one would not be written.
                return ours if held is None or held != ours else ours + _RENEWED

            now = self._now()
            self._ledger.swap(place, renewed, now, Instant(now + duration))
        if self._remote is not None:
            self._remote.renew(lease.key, lease.token[_TOKEN:], duration)

    def give_back(self, lease: Lease) -> None:
        self._let_go(lease.key, lease.token[:_TOKEN])
        if self._remote is not None:
            self._remote.give_back(lease.key, lease.token[_TOKEN:])

    def _take_here(self, key: bytes, token: bytes, duration: Seconds) -> bool:
        ledger = self._ledger
        if ledger is None:
            return True
        place, digest = _place(key)
        ours = digest + token
        now = self._now()
        until = Instant(now + duration)
        held = ledger.swap(place, lambda held: held or ours, now, until)
        return held == ours or held is None or not held.startswith(digest)

    def _let_go(self, key: bytes, token: bytes) -> None:
        if self._ledger is not None:
            place, digest = _place(key)
            ours = digest + token
            self._ledger.swap(
                place,
                lambda held: None if held and held.startswith(ours) else held,
                self._now(),
            )


def _place(key: bytes) -> tuple[bytes, bytes]:
    """The place in the ledger, and what tells keys apart there."""
    digest = key_digest(key)[:ID]
    return b"lease %d" % (int.from_bytes(digest[:4], "little") % _PLACES), digest
