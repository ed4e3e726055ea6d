"""Users: what tells them apart in a cache: the key, and whose a stored response is.

With `cache.key.by_identity` the key holds who asks, if that is proven: each user has
their own, and needs no other credentials to be believed. Who only claims to be
somebody is told apart by all credentials, as everybody is without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from sidecar.policy.cache_key import CacheKey
from sidecar.policy.identity import Identity
from sidecar.policy.ownership import CREDENTIALS, owner
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.looked_up import LookedUp

Proven: TypeAlias = Callable[[Exchange], Identity | None]
"""Who asks; None where that is only claimed."""


def nobody(_exchange: Exchange) -> None:
    """Return nobody: no key holds who asks."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What tells users apart: fields, in lower case, and who proved to be one."""

    credentials: frozenset[bytes] = CREDENTIALS
    proven: Proven = nobody


ANYBODY: Final = Apart()


class Users:
    __slots__ = ("_credentials", "_key", "_proven")

    def __init__(self, key: CacheKey, apart: Apart) -> None:
        self._key = key
        self._credentials = apart.credentials
        self._proven = apart.proven if key.by_identity else None

    def suffix(self, exchange: Exchange) -> bytes:
        """What follows the URL in the key of its response."""
        who = self._proven(exchange) if self._proven else None
        return self._key.suffix(exchange.request.values, who.key if who else None)

    def sign(self, exchange: Exchange, found: LookedUp) -> None:
        """Note whose response it would be."""
        if self._proven is not None and (who := self._proven(exchange)):
            found.proof = who.field
        found.owner = owner(exchange.request.values, self._credentials, found.proof)
