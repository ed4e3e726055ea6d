"""Storing: what the cache would do with a request, and by which key it would look.

What depends on the answer is told as a condition. Cookies and credentials are part of
a key without being shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sidecar.config import policies
from sidecar.config.schema import Config
from sidecar.config.schema_cache import Cache
from sidecar.config.schema_routes import Route
from sidecar.explain.asked import Asked
from sidecar.policy.bypass import PASSING, passes
from sidecar.policy.cookies import cookie_pairs
from sidecar.policy.invalidation import SAFE
from sidecar.policy.path_pattern import is_ambiguous
from sidecar.policy.reuse import asked as asked_of
from sidecar.semantics.cache_control import CacheControl
from sidecar.semantics.message import RequestHead
from sidecar.telemetry.redaction import redacted

HIDDEN = "[hidden]"
_READS = frozenset({b"GET", b"HEAD"})


class Lookup(StrEnum):
    OFF = "off"
    METHOD = "method"
    BYPASS = "bypass"
    ANEW = "anew"
    """Looked up, but what is stored is not used: the client asks for validation."""
    PART = "part"
    """Looked up, for a stored whole answers it; where there is none it is passed by."""
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Part:
    """Of a key: `name` is url, route, identity, or a field's or cookie's name; `value`
    is None where the request has none.
    """

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Storing:
    """why: what in the request decides so; empty where it looks up as usual.

    stores: under what condition the answer is stored; empty: never. credentials: the
    fields of the request whose answers are shown to others only where that is safe.
    """

    lookup: Lookup
    why: tuple[str, ...] = ()
    key: tuple[Part, ...] = ()
    stores: str = ""
    credentials: tuple[str, ...] = ()
    invalidates: tuple[str, ...] = ()


def storing(config: Config, section: Route, asked: Asked) -> Storing:
    cache, request = section.cache, asked.request
    if cache is None:
        return Storing(Lookup.OFF)
    key = tuple(_key(config, section, cache, asked))
    if request.method not in _READS:
        changes = request.method not in SAFE
        named = (key[0].value or "", *cache.invalidates) if changes else ()
        return Storing(
            Lookup.METHOD, (request.method.decode("latin-1"),), invalidates=named
        )
    said = asked_of(request.values, ignores_no_cache=cache.ignore_client_no_cache)
    lookup, why = _lookup(request, said)
    if lookup is Lookup.BYPASS:
        return Storing(lookup, why)
    never = said.no_store or request.method == b"HEAD" or lookup is Lookup.PART
    return Storing(
        lookup,
        why,
        key,
        "" if never else _condition(cache),
        tuple(
            name.decode("latin-1")
            for name in sorted(policies.credentials(config))
            if name in request.values
        ),
    )


def _lookup(request: RequestHead, said: CacheControl) -> tuple[Lookup, tuple[str, ...]]:
    """What is done, and why."""
    if passes(request, stored=not said.no_cache):
        return Lookup.BYPASS, tuple(_obstacles(request))
    if passes(request):
        return Lookup.PART, tuple(_obstacles(request))
    if said.no_cache:
        return Lookup.ANEW, ("cache-control",)
    return Lookup.YES, ()


def _condition(cache: Cache) -> str:
    statuses = ", ".join(map(str, cache.statuses))
    if cache.ttl is None:
        return "where the response says for how long"
    if cache.override:
        return f"for cache.ttl, with status {statuses}, unless the response forbids it"
    return f"for cache.ttl where the response does not say, with status {statuses}"


def _obstacles(request: RequestHead) -> Iterator[str]:
    if request.has_body:
        yield "body"
    if request.upgrade is not None:
        yield "upgrade"
    if is_ambiguous(request.target.partition(b"?")[0]):
        yield "ambiguous_path"
    for name in sorted(PASSING.intersection(request.values)):
        yield name.decode("latin-1")


def _key(config: Config, section: Route, cache: Cache, asked: Asked) -> Iterator[Part]:
    request = asked.request
    key = policies.cache_key(section.name, cache.key)
    url = key.url(asked.scheme, request.authority, request.target)
    yield Part("url", redacted(url).decode("latin-1"))
    yield Part("route", section.name)
    secret = policies.credentials(config)
    for name in key.headers:
        value = request.values.get(name)
        hidden = HIDDEN if name in secret else _text(value)
        yield Part(name.decode("latin-1"), None if value is None else hidden)
    there = cookie_pairs(request.values.get(b"cookie"))
    for name in key.cookies:
        shown = HIDDEN if name in there else None
        yield Part(f"cookie {name.decode('latin-1')}", shown)
    if key.by_identity:
        yield Part("identity", HIDDEN)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
