"""Cache-Status: how a cache handled a request (RFC 9211).

One member, with our name; it goes behind what caches nearer to the origin said.
"""

from sidecar.semantics.structured import string
from sidecar.units import Seconds

NAME = b"Cache-Status"
CACHE = b"sidecar"


def hit(left: Seconds, detail: bytes = b"") -> bytes:
    """Answered from what is stored; `left` seconds fresh, negative where stale."""
    value = b"%b; hit; ttl=%d" % (CACHE, left)
    return value + _detail(detail)


def forwarded(  # noqa: PLR0913 (the parameters of §2)
    why: str,
    *,
    status: int | None = None,
    stored: bool = False,
    collapsed: bool = False,
    left: Seconds | None = None,
    detail: bytes = b"",
) -> bytes:
    """Answered by asking on; `why` is a token of §2.2.

    `status` is the upstream's where it is not the one that the client sees.
    """
    parts = [CACHE, b"fwd=" + why.encode("ascii")]
    if status is not None:
        parts.append(b"fwd-status=%d" % status)
    if left is not None:
        parts.append(b"ttl=%d" % left)
    if stored:
        parts.append(b"stored")
    if collapsed:
        parts.append(b"collapsed")
    return b"; ".join(parts) + _detail(detail)


def _detail(detail: bytes) -> bytes:
    """A token as it is, for what we say ourselves; else a string (§2.8)."""
    if not detail:
        return b""
    plain = detail.replace(b"-", b"").replace(b"_", b"")
    return b"; detail=" + (detail if plain.isalpha() else string(detail))
