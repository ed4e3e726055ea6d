"""Reuse: what to do with a request, given the response that is stored for it.

    fresh ─────────────▶ HIT
    stale, allowed ────▶ STALE, and a refresh behind the client's back
    else ──────────────▶ Forward: asked anew, with the stored one's validators

RFC 9111 §4, §5.2.1; RFC 5861. Whoever could not ask then may still be allowed
to use the stored response: `on_error`. `age` and what is left of freshness are
worked out by who calls, for most answers need nothing more than a comparison.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import TypeAlias

from sidecar.policy.lifetimes import Lifetimes
from sidecar.semantics.cache_control import NOTHING, CacheControl, cache_control
from sidecar.units import Seconds


class Forward(StrEnum):
    """Why a request goes on to the upstream: `fwd` of RFC 9211 §2.2."""

    BYPASS = "bypass"
    METHOD = "method"
    URI_MISS = "uri-miss"
    VARY_MISS = "vary-miss"
    REQUEST = "request"
    STALE = "stale"
    MISS = "miss"


class Use(Enum):
    """How a stored response answers."""

    HIT = auto()
    STALE = auto()  # a refresh follows
    STALE_ASKED_FOR = auto()  # by the client: max-stale (§5.2.1.2)


Decision: TypeAlias = Use | Forward

NO_CACHE = CacheControl(no_cache=True)


def asked(values: Mapping[bytes, bytes], *, ignores_no_cache: bool) -> CacheControl:
    """What a request says of the cache.

    `ignores_no_cache`: a client cannot force a fetch on this route.

    §5.2.1; §5.4, Pragma where there is no Cache-Control.
    """
    if b"cache-control" in values:
        control = cache_control(values[b"cache-control"])
    elif b"no-cache" in values.get(b"pragma", b"").lower():
        control = NO_CACHE
    else:
        return NOTHING
    if ignores_no_cache and control is not NOTHING:
        return CacheControl(
            max_stale=control.max_stale,
            no_store=control.no_store,
            only_if_cached=control.only_if_cached,
            stale_if_error=control.stale_if_error,
        )
    return control


def reuse(
    lifetimes: Lifetimes, age: Seconds, left: Seconds, control: CacheControl
) -> Decision:
    """What to do with a stored response.

    age: of the response. left: seconds it is fresh for, negative where it is
    stale, -inf where it is invalid. control: what `asked` says.
    """
    if lifetimes.validate:
        return Forward.STALE
    if control.no_cache:
        return Forward.REQUEST
    if left <= 0:
        return _stale(lifetimes, age, -left, control)
    # §5.2.1.1. RFC 8246 §2: a reload is no reason where nothing ever changes.
    if (
        control.max_age is not None
        and age > control.max_age
        and not lifetimes.immutable
    ):
        return Forward.REQUEST
    if control.min_fresh is not None and left < control.min_fresh:
        return Forward.REQUEST
    return Use.HIT


def _stale(
    lifetimes: Lifetimes, age: Seconds, staleness: Seconds, control: CacheControl
) -> Decision:
    if control.min_fresh or (control.max_age is not None and age > control.max_age):
        # What the client wants is fresher than what the origin lets us use.
        return Forward.STALE
    if staleness < lifetimes.stale_while_revalidate:
        return Use.STALE
    if control.max_stale is not None and not lifetimes.strict:
        # Invalid responses are infinitely stale.
        return Use.STALE_ASKED_FOR if staleness <= control.max_stale else Forward.STALE
    return Forward.STALE


def on_error(lifetimes: Lifetimes, left: Seconds, control: CacheControl) -> bool:
    """Whether a stored response may answer where the upstream failed to.

    RFC 5861 §4; §4.2.4 where `left` is -inf (it was invalidated), or nothing
    stale may be used. A client that asked for validation gets an error.
    """
    if lifetimes.validate or control.no_cache:
        return False
    if left > 0:
        return True
    allowed = lifetimes.stale_if_error
    if control.stale_if_error is not None and not lifetimes.strict:
        allowed = max(allowed, control.stale_if_error)
    return -left < allowed


# What RFC 5861 §4 calls an error.
FAILED = frozenset({500, 502, 503, 504})
