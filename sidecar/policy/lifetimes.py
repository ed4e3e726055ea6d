"""Lifetimes: for how long a stored response is good, and for what.

    generated ── fresh ──▶ stale ── while revalidating, if in error ──▶ kept ──▶ gone

Everything is counted from the end of freshness, except `fresh` itself, which is
counted from the response's generation (age 0). Made by `policy.freshness`.
"""

from dataclasses import dataclass

from sidecar.units import Seconds


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds, never negative. Those for stale use are 0 where it is forbidden.

    fresh: the freshness lifetime, jitter included (RFC 9111 §4.2).
    stale_while_revalidate, stale_if_error: how stale it may be served then
        (RFC 5861).
    keep: how long past all that it is good for a conditional request.
    strict: never served stale, whatever a client allows: must-revalidate,
        proxy-revalidate, s-maxage (§4.2.4).
    validate: never served without validation, even fresh: no-cache (§5.2.2.4).
    immutable: a client's reload needs no validation while it is fresh (RFC 8246).
    """

    fresh: Seconds = 0.0
    stale_while_revalidate: Seconds = 0.0
    stale_if_error: Seconds = 0.0
    keep: Seconds = 0.0
    strict: bool = False
    validate: bool = False
    immutable: bool = False

    @property
    def total(self) -> Seconds:
        """Seconds from generation until the response is good for nothing."""
        stale = max(self.stale_while_revalidate, self.stale_if_error)
        return self.fresh + stale + self.keep
