"""Identity: who "the user" of a request is, for limits and for answers of their own.

The file lists sources; the first that is there wins, and at last the address, which
is always there. A signed token and a field that a trusted proxy set are verified; an
API key and a cookie are only claimed: anybody can make up new ones, so whoever counts
by them counts on the address too (`policy.rate_limit`). What tells users apart is a
keyed hash; the value itself goes no farther than this module.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Protocol

from sidecar.policy.recent import Recent
from sidecar.semantics.message import RequestHead
from sidecar.units import Bytes, Timestamp

if TYPE_CHECKING:
    from sidecar.policy.tokens import Tokens

# Longer than any key or session; nobody's identity.
LONGEST: Bytes = 4 << 10
LONGEST_TIER = 64
# Addresses whose hash is remembered.
REMEMBERED = 20_000

_DIGEST = 16


class Kind(StrEnum):
    JWT = "jwt"
    API_KEY = "api_key"
    HEADER = "header"
    COOKIE = "cookie"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Identity:
    """`key` is a keyed hash. `tier` is only ever of a verified one. `field` is what
    proved it.
    """

    key: bytes
    kind: Kind
    tier: str | None = None
    verified: bool = True
    field: bytes = b""

    @property
    def is_proven(self) -> bool:
        """Whether it is this user for sure: an address may be many's."""
        return self.verified and self.kind is not Kind.IP


class Asks(Protocol):
    """A request, as far as it says who asks (`proxy.exchange`)."""

    @property
    def request(self) -> RequestHead: ...

    @property
    def client(self) -> str:
        """The address, after `trusted_proxies`."""

    @property
    def trusted(self) -> bool:
        """The peer is one of `trusted_proxies`."""


class Source(Protocol):
    def identity(self, asks: Asks, now: Timestamp) -> Identity | None: ...


Digest = Callable[[bytes, bytes], bytes]
"""A keyed hash of a kind (16 bytes at most) and a value."""


def digest(secret: bytes, place: int = 0) -> Digest:
    """Hashes that nobody can make, or look up, without the secret.

    Two sources in different places of a list may mean two users by one name.
    """
    key = blake2b(secret).digest()
    salt = b"%d" % place if place else b""

    def keyed(kind: bytes, value: bytes) -> bytes:
        return blake2b(
            value, digest_size=_DIGEST, key=key, salt=salt, person=kind
        ).digest()

    return keyed


class SignedToken:
    """A claim of a bearer token."""

    def __init__(self, field: bytes, tokens: "Tokens", digest: Digest) -> None:
        self._field = field
        self._tokens = tokens
        self._digest = digest

    def identity(self, asks: Asks, now: Timestamp) -> Identity | None:
        value = asks.request.values.get(self._field)
        if value is None:
            return None
        if value[:7].lower() == b"bearer ":
            value = value[7:].strip()
        claims = self._tokens.claims(value, now)
        if claims is None:
            return None
        key = self._digest(b"jwt", claims.subject.encode("utf-8", "surrogatepass"))
        return Identity(key, Kind.JWT, claims.tier, field=self._field)


class ApiKey:
    def __init__(self, field: bytes, digest: Digest) -> None:
        self._field = field
        self._digest = digest

    def identity(self, asks: Asks, _now: Timestamp) -> Identity | None:
        value = asks.request.values.get(self._field)
        if not value or len(value) > LONGEST:
            return None
        return Identity(self._digest(b"api_key", value), Kind.API_KEY, verified=False)


class TrustedField:
    """What a trusted proxy says of its client."""

    def __init__(self, field: bytes, tier: bytes | None, digest: Digest) -> None:
        self._field = field
        self._tier = tier
        self._digest = digest

    def identity(self, asks: Asks, _now: Timestamp) -> Identity | None:
        if not asks.trusted:
            return None
        values = asks.request.values
        value = values.get(self._field)
        if not value or len(value) > LONGEST:
            return None
        tier = None
        if self._tier is not None and self._tier in values:
            tier = values[self._tier][:LONGEST_TIER].decode("latin-1")
        key = self._digest(b"header", value)
        return Identity(key, Kind.HEADER, tier, field=self._field)


class Cookie:
    def __init__(self, name: bytes, digest: Digest) -> None:
        self._name = name
        self._digest = digest

    def identity(self, asks: Asks, _now: Timestamp) -> Identity | None:
        cookies = asks.request.values.get(b"cookie")
        if cookies is None or self._name not in cookies:
            return None
        for pair in cookies.split(b";"):
            name, _, value = pair.strip().partition(b"=")
            if name == self._name:
                if not value or len(value) > LONGEST:
                    return None
                key = self._digest(b"cookie", value)
                return Identity(key, Kind.COOKIE, verified=False)
        return None


class Addresses:
    """The client's address; IPv6 addresses alike in `v6_prefix` bits are one."""

    def __init__(self, digest: Digest, *, v6_prefix: int = 64) -> None:
        self._digest = digest
        self._mask = ~((1 << (128 - v6_prefix)) - 1)
        self._known: Recent[str, Identity] = Recent(REMEMBERED)

    def identity(self, asks: Asks) -> Identity:
        return self._known.get(asks.client) or self._made(asks.client)

    def _made(self, address: str) -> Identity:
        made = Identity(self._digest(b"ip", self._network(address)), Kind.IP)
        self._known.put(address, made)
        return made

    def _network(self, address: str) -> bytes:
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return b""  # a unix socket: its clients are one
        if isinstance(found, IPv6Address):
            if found.ipv4_mapped is not None:
                return found.ipv4_mapped.packed
            return (int(found) & self._mask).to_bytes(16, "big")
        return found.packed


class Identities:
    """All sources, in order."""

    def __init__(self, sources: Sequence[Source], addresses: Addresses) -> None:
        self.sources = tuple(sources)
        self.address = addresses.identity

    def identify(self, asks: Asks, now: Timestamp) -> Identity:
        for source in self.sources:
            if (found := source.identity(asks, now)) is not None:
                return found
        return self.address(asks)
