"""Freshness: how old a response is when it comes, and for how long it is good.

RFC 9111 §4.2, RFC 5861. What the origin says comes first, then what the route
says; with `override` the other way round. Jitter only ever shortens a lifetime.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sidecar.policy.lifetimes import Lifetimes
from sidecar.semantics.cache_control import LONGEST, CacheControl, delta_seconds
from sidecar.semantics.http_date import parse
from sidecar.semantics.targeted import CDN, OWN, Directives
from sidecar.units import Seconds, Timestamp

# §4.2.2 names a tenth of the time since Last-Modified as the typical heuristic;
# a day is what §4.2.2's predecessors warned at.
HEURISTIC_FRACTION: Final = 0.1
HEURISTIC_MOST: Final[Seconds] = 86_400.0
# RFC 9110 §15.1: statuses whose responses may be given a lifetime unasked.
HEURISTICALLY_CACHEABLE: Final = frozenset(
    {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}
)
NEGATIVE: Final = frozenset({404, 410})
# What can be validated is kept for that, past all other use.
KEPT_FOR_VALIDATION: Final[Seconds] = 3600.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a route says of lifetimes; the keys of `cache` in the configuration.

    jitter: the largest part of a lifetime that chance takes away.
    """

    ttl: Seconds | None = None
    override: bool = False
    statuses: frozenset[int] = frozenset({200, 203, 204, 300, 301, 308, 404, 410})
    negative_ttl: Seconds | None = None
    stale_while_revalidate: Seconds | None = None
    stale_if_error: Seconds | None = None
    heuristic: bool = False
    jitter: float = 0.05

    @property
    def leave_it_to_origins(self) -> bool:
        """Whether only what an origin says gives a response a lifetime."""
        return self.ttl is None and self.negative_ttl is None and not self.heuristic


@dataclass(frozen=True, slots=True)
class Received:
    """A response head, and when it was asked for and came."""

    status: int
    values: Mapping[bytes, bytes]
    directives: Directives
    requested: Timestamp
    received: Timestamp


def is_silent(values: Mapping[bytes, bytes]) -> bool:
    """Whether an origin says nothing at all of lifetimes; what most of them do."""
    return (
        b"cache-control" not in values
        and b"expires" not in values
        and CDN not in values
        and OWN not in values
    )


def generated(response: Received) -> Timestamp:
    """When the response was of age 0, by our clock; never later than it came.

    An Age that is not one number says that nothing is known of the age: it
    counts as old.

    §4.2.3.
    """
    values = response.values
    apparent, age = 0.0, 0.0
    if b"date" in values:
        date = parse(values[b"date"])
        if date is not None:
            apparent = max(0.0, response.received - date)
    if b"age" in values:
        said = delta_seconds(values[b"age"])
        age = LONGEST if said is None else said
    delay = max(0.0, response.received - response.requested)
    return Timestamp(response.received - max(apparent, age + delay))


def lifetimes(response: Received, rules: Rules, chance: float) -> Lifetimes | None:
    """For how long a storable response is good; None where nobody says.

    `chance` is from 0 to 1.
    """
    control = response.directives.control
    routes = _of_route(response, rules)
    origins = _of_origin(response)
    if rules.override and routes is not None:
        fresh, control = routes, _overridden(control)
    elif origins is not None:
        fresh = origins
    elif routes is not None and not _declines(response):
        fresh = routes
    else:
        heuristic = _heuristic(response) if rules.heuristic else None
        if heuristic is None:
            return None
        fresh = heuristic
    return _lifetimes(response, rules, control, fresh * (1.0 - rules.jitter * chance))


def is_by_origin(response: Received, rules: Rules) -> bool:
    """Whether the origin itself allowed everybody to be answered with it.

    Else the route alone did, or the origin wants to be asked each time: then it may
    not have thought of caches that many share, and of tags that two users have.
    """
    if rules.override and _of_route(response, rules) is not None:
        return False
    lifetime, control = _of_origin(response), response.directives.control
    if lifetime is None:
        return False
    meant = control.public or control.s_maxage is not None
    return meant or (lifetime > 0 and not control.no_cache)


def has_validator(values: Mapping[bytes, bytes]) -> bool:
    return b"etag" in values or b"last-modified" in values


def _lifetimes(
    response: Received, rules: Rules, control: CacheControl, fresh: Seconds
) -> Lifetimes | None:
    validatable = has_validator(response.values)
    strict = control.must_revalidate or control.proxy_revalidate or control.no_cache
    stale = control.stale_while_revalidate or control.stale_if_error
    usable = not control.no_cache and (fresh > 0 or (stale and not strict))
    if not usable and not validatable:
        return None  # it would never be used
    revalidate, error = control.stale_while_revalidate, control.stale_if_error
    if control.s_maxage is None:
        # §5.2.2.10 forbids stale use with s-maxage, unless the response itself
        # allows it; what the route says is not enough.
        revalidate = rules.stale_while_revalidate if revalidate is None else revalidate
        error = rules.stale_if_error if error is None else error
    return Lifetimes(
        fresh=fresh,
        stale_while_revalidate=0.0 if strict else revalidate or 0.0,
        stale_if_error=0.0 if strict else error or 0.0,
        keep=KEPT_FOR_VALIDATION if validatable else 0.0,
        strict=strict or control.s_maxage is not None,
        validate=control.no_cache,
        immutable=control.immutable,
    )


def _of_origin(response: Received) -> Seconds | None:
    """§4.2.1; Expires means nothing beside a targeted field (RFC 9213 §2.2)."""
    control, values = response.directives.control, response.values
    if control.s_maxage is not None:
        return control.s_maxage
    if control.max_age is not None:
        return control.max_age
    if b"expires" in values and not response.directives.targeted:
        expires = parse(values[b"expires"])
        if expires is None:
            return 0.0  # §5.3: invalid dates are in the past
        date = parse(values.get(b"date", b""))
        return max(0.0, expires - (response.received if date is None else date))
    if control.no_cache:
        return 0.0
    return None


def _of_route(response: Received, rules: Rules) -> Seconds | None:
    if response.status not in rules.statuses:
        return None
    if response.status in NEGATIVE and rules.negative_ttl is not None:
        return rules.negative_ttl
    return rules.ttl


def _declines(response: Received) -> bool:
    """Whether an origin of old says no: Pragma, where nothing newer is said."""
    values = response.values
    return (
        b"cache-control" not in values
        and b"no-cache" in values.get(b"pragma", b"").lower()
    )


def _heuristic(response: Received) -> Seconds | None:
    """§4.2.2."""
    if (
        response.status not in HEURISTICALLY_CACHEABLE
        and not response.directives.control.public
    ) or _declines(response):
        return None
    modified = parse(response.values.get(b"last-modified", b""))
    if modified is None:
        return None
    date = parse(response.values.get(b"date", b""))
    since = max(0.0, (response.received if date is None else date) - modified)
    return min(since * HEURISTIC_FRACTION, HEURISTIC_MOST)


def _overridden(control: CacheControl) -> CacheControl:
    """What is left of what the origin says about reuse."""
    return replace(
        control,
        max_age=None,
        s_maxage=None,
        no_cache=False,
        must_revalidate=False,
        proxy_revalidate=False,
        stale_while_revalidate=None,
        stale_if_error=None,
    )
