"""Bypass: requests that a cache has nothing to do with, and those it has to read.

Conditions that protect against lost updates are the upstream's to judge, and so
are parts of what is not stored. Some fields are believed by backends and frameworks,
passed on, and part of no key: they would be a way to poison it.
"""

from typing import Final

from sidecar.policy.path_pattern import is_ambiguous
from sidecar.semantics.message import RequestHead

PASSING: Final = frozenset(
    {
        b"if-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
        b"x-http-method",
        b"x-http-method-override",
        b"x-invoke-path",
        b"x-invoke-query",
        b"x-invoke-status",
        b"x-matched-path",
        b"x-method-override",
        b"x-middleware-prefetch",
        b"x-middleware-subrequest",
        b"x-now-route-matches",
        b"x-original-url",
        b"x-rewrite-url",
    }
)
_NEVER_STORED: Final = PASSING - {b"if-range", b"range"}
UNUSUAL: Final = PASSING | {b"cache-control", b"pragma", b"upgrade"}
"""Fields that make more than a comparison of times necessary, on a hit."""


def is_usual(request: RequestHead) -> bool:
    """Whether it is a GET with nothing for a cache to read, or to keep out of."""
    return (
        request.method == b"GET"
        and not request.has_body
        and UNUSUAL.isdisjoint(request.values)
        and not is_ambiguous(request.target.partition(b"?")[0])
    )


def passes(request: RequestHead, *, stored: bool = False) -> bool:
    """Whether the request is the upstream's, and its answer this client's alone.

    `stored`: there is a whole response, that parts may be taken of.
    """
    passing = _NEVER_STORED if stored else PASSING
    return (
        request.has_body
        or request.upgrade is not None
        or not passing.isdisjoint(request.values)
        or is_ambiguous(request.target.partition(b"?")[0])
    )
