"""Cache key: what tells stored responses apart; different requests, different keys.

    http://example.com/path?query 8:products 2:en - 16:…
    └──────────── URL ──────────┘ └ route ─┘ └ fields, cookies, identity

The URL holds no space, and what follows has its length in front, so that no
client can make one part look like another. Last come a host that is not written as
in the URL (`spelt`), and what a trusted proxy says of the URL (`told`). The method
is not in it: what is stored answers GET and HEAD alike. Vary adds further parts
(`policy.vary`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from sidecar.policy.cookies import counted

_DEFAULT_PORTS: Final = {b"http": b":80", b"https": b":443"}
ABSENT: Final = b" -"


class Query(Protocol):
    """Which parameters of the query count."""

    def target(self, target: bytes) -> bytes:
        """Return the target with only what counts."""


class WholeQuery:
    """All of it, byte for byte."""

    def target(self, target: bytes) -> bytes:
        return target


class NoQuery:
    def target(self, target: bytes) -> bytes:
        return target.partition(b"?")[0]


@dataclass(frozen=True, slots=True)
class SomeQuery:
    """The parameters in `names`, or all others; in the order of their names.

    A query that parsers could read differently counts as a whole: with another
    separator, or a name that is escaped.
    """

    names: frozenset[bytes]
    others: bool = False

    def target(self, target: bytes) -> bytes:
        path, _, query = target.partition(b"?")
        if not query:
            return path
        if b";" in query:
            return target
        kept = []
        for parameter in query.split(b"&"):
            name = parameter.partition(b"=")[0]
            if b"%" in name or b"+" in name or b"[" in name:
                return target
            if parameter and (name in self.names) is not self.others:
                kept.append((name, parameter))
        if not kept:
            return path
        kept.sort(key=lambda pair: pair[0])  # stable: equal names keep their order
        return path + b"?" + b"&".join(parameter for _, parameter in kept)


WHOLE_QUERY: Final = WholeQuery()
NO_QUERY: Final = NoQuery()


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What counts on one route.

    scope: its name: another route may ask another upstream for the same URL.
    headers: lower-case names.
    """

    scope: bytes
    query: Query = WHOLE_QUERY
    headers: tuple[bytes, ...] = ()
    cookies: tuple[bytes, ...] = ()
    by_identity: bool = False

    def url(self, scheme: str, authority: bytes, target: bytes) -> bytes:
        """The URL as it is stored, normalised."""
        return origin(scheme, authority) + self.query.target(target)

    def suffix(
        self, values: Mapping[bytes, bytes], identity: bytes | None = None
    ) -> bytes:
        """What follows the URL in the key of a request with these fields."""
        parts = [part(self.scope)]
        parts += [part(values.get(name)) for name in self.headers]
        if self.cookies:
            said = values.get(b"cookie")
            cookies = counted(said, self.cookies)
            if cookies is None:
                cookies = [said]
                parts.append(b" cookie")  # begins as no part does
            parts += map(part, cookies)
        if self.by_identity:
            parts.append(part(identity))
        return b"".join(parts)

    @property
    def constant(self) -> bytes | None:
        """The suffix, where it is the same for all requests."""
        if self.headers or self.cookies or self.by_identity:
            return None
        return part(self.scope)


# What backends behind a proxy build URLs of, and choose a tenant by.
_TOLD: Final = (
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"x-forwarded-proto",
    b"x-forwarded-scheme",
    b"x-forwarded-ssl",
)
# The same of old, or by few; few proxies take away what a stranger says there.
_RARELY_TOLD: Final = frozenset(
    {
        b"front-end-https",
        b"x-forwarded-base",
        b"x-forwarded-context",
        b"x-forwarded-path",
        b"x-forwarded-protocol",
        b"x-forwarded-server",
        b"x-forwarded-uri",
        b"x-forwarded-url",
        b"x-host",
        b"x-http-host-override",
        b"x-original-host",
        b"x-scheme",
        b"x-script-name",
        b"x-url-scheme",
    }
)
_ANY_TOLD: Final = _RARELY_TOLD | {*_TOLD, b"forwarded"}


def told(values: Mapping[bytes, bytes], host: bytes) -> bytes:
    """What a trusted proxy says of the URL, which its backend may answer to.

    Empty where it says nothing. `host` is what we read of it.
    """
    if _ANY_TOLD.isdisjoint(values):
        return b""
    # Begins as no part does: other fields, of what Vary names, may follow instead.
    said = b" told" + part(host) + b"".join(map(part, map(values.get, _TOLD)))
    if _RARELY_TOLD.isdisjoint(values):
        return said
    names = sorted(_RARELY_TOLD.intersection(values))
    return said + b"".join([b" %b%b" % (name, part(values[name])) for name in names])


def part(value: bytes | None) -> bytes:
    """One part of a key, which no other value makes."""
    return ABSENT if value is None else b" %d:%b" % (len(value), value)


@lru_cache(1024)
def origin(scheme: str, authority: bytes) -> bytes:
    """Scheme and authority, normalised (RFC 9110 §4.2.3): `http://example.com`."""
    name = scheme.encode("ascii")
    host = authority.lower().removesuffix(_DEFAULT_PORTS.get(name, b""))
    return b"%b://%b" % (name, host.removesuffix(b"."))


@lru_cache(1024)
def spelt(scheme: str, authority: bytes) -> tuple[bytes, bytes]:
    """The origin, and what the key has besides where the host is not written so.

    The upstream sees it as it came, and may redirect to the other, or not know it.
    """
    normal = origin(scheme, authority)
    apart = b"" if normal.endswith(authority) else b" host" + part(authority)
    return normal, apart
