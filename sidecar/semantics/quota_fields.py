"""Quota fields: what responses say of rate limits.

The draft's RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10),
structured fields with an item for each limit, or the older X-RateLimit trio, which
has room for one: the one that is nearest to its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from sidecar.semantics.message import Field, Fields
from sidecar.units import Seconds


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit as the fields name it, rendered once: `quota` in `window` seconds."""

    policy: bytes
    limit: bytes
    name: bytes
    item: bytes

    @classmethod
    def of(cls, name: str, quota: int, window: Seconds) -> "Quota":
        # Names are of the configuration's alphabet, and need no escapes.
        text = name.encode("ascii")
        policy = b'"%b";q=%d;w=%d' % (text, quota, max(1, ceil(window)))
        return cls(policy, b"%d" % quota, text, b'"%b";r=%%d;t=%%d' % text)


Standing = tuple[Quota, int, Seconds]
"""A limit, what is left of it, and seconds until there is more."""


def policy_field(quotas: Sequence[Quota]) -> Field:
    """Return RateLimit-Policy: it is the same on all responses of a route."""
    return b"RateLimit-Policy", b", ".join(quota.policy for quota in quotas)


def draft(policy: Field, standings: Sequence[Standing]) -> Fields:
    """Return both fields of the draft."""
    if len(standings) == 1:
        quota, left, seconds = standings[0]
        return [policy, (b"RateLimit", quota.item % (left, ceil(seconds)))]
    items = (quota.item % (left, ceil(time)) for quota, left, time in standings)
    return [policy, (b"RateLimit", b", ".join(items))]


def legacy(standings: Sequence[Standing]) -> Fields:
    """Return the trio of the limit that has the least left; of equals, the slowest."""
    quota, left, seconds = min(standings, key=lambda one: (one[1], -one[2]))
    return [
        (b"X-RateLimit-Limit", quota.limit),
        (b"X-RateLimit-Remaining", b"%d" % left),
        (b"X-RateLimit-Reset", b"%d" % ceil(seconds)),
    ]
