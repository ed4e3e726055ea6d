"""Quota fields: what responses say of rate limits, as lines of a head.

The draft's RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10),
structured fields with an item for each limit, or the older X-RateLimit trio, which
has room for one: the one that is nearest to its end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from sidecar.units import Seconds


@dataclass(frozen=True, slots=True)
class Named:
    """One limit as the fields name it, rendered once: `quota` in `window` seconds."""

    policy: bytes
    limit: bytes
    item: bytes
    alone: bytes

    @classmethod
    def of(cls, name: str, quota: int, window: Seconds) -> "Named":
        # Names are of the configuration's alphabet, and need no escapes.
        text = name.encode("ascii")
        policy = b'"%b";q=%d;w=%d' % (text, quota, max(1, ceil(window)))
        item = b'"%b";r=%%d;t=%%d' % text
        alone = b"RateLimit-Policy: %b\r\nRateLimit: %b\r\n" % (policy, item)
        return cls(policy, b"%d" % quota, item, alone)


Standing = tuple[Named, int, Seconds]
"""A limit, what is left of it, and seconds until there is more."""
Dialect = Callable[[Sequence[Standing], bytes], bytes]
"""What to say of limits, with the lines that were said of others before."""


def draft(standings: Sequence[Standing], before: bytes = b"") -> bytes:
    """Both fields of the draft."""
    if not standings:
        return before
    if len(standings) == 1:
        named, left, seconds = standings[0]
        return before + named.alone % (left, ceil(seconds))
    policies = b", ".join(named.policy for named, _, _ in standings)
    items = b", ".join(
        named.item % (left, ceil(time)) for named, left, time in standings
    )
    return b"%bRateLimit-Policy: %b\r\nRateLimit: %b\r\n" % (before, policies, items)


def legacy(standings: Sequence[Standing], before: bytes = b"") -> bytes:
    """The trio of the limit that has the least left; of equals, the slowest."""
    if not standings:
        return before
    named, left, seconds = min(standings, key=lambda one: (one[1], -one[2]))
    if before and int(before.split(b"\r\n")[1].split()[1]) < left:
        return before
    return (
        b"X-RateLimit-Limit: %b\r\n"
        b"X-RateLimit-Remaining: %d\r\n"
        b"X-RateLimit-Reset: %d\r\n" % (named.limit, left, ceil(seconds))
    )


def silent(_standings: Sequence[Standing], before: bytes = b"") -> bytes:
    """Nothing: who is limited need not know."""
    return before
