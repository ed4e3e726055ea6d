"""Identifiers: the names by which a request is found again in logs and traces.

A name from outside is believed only from a trusted proxy (X-Request-Id), or
where it cannot do harm (traceparent, W3C Trace Context).
"""

from random import Random, SystemRandom

from sidecar.proxy.exchange import Exchange
from sidecar.semantics.trace_context import parse

LONGEST_ID = 128
# Started by us and recorded by nobody yet: the sampled flag is off.
UNSAMPLED = b"00"


class Identifiers:
    """Seeded from the system once: unique, cheap, and no secret."""

    def __init__(self) -> None:
        seed = SystemRandom().getrandbits(256)
        self._bits = Random(seed).getrandbits  # noqa: S311 (no secret is made of it)

    def identify(self, exchange: Exchange) -> None:
        """Give the exchange its request id and its trace."""
        values = exchange.request.values
        given = values.get(b"x-request-id") if exchange.trusted else None
        if given and len(given) <= LONGEST_ID:
            exchange.id = given
        else:
            exchange.id = b"%032x" % self._bits(128)
        traceparent = values.get(b"traceparent")
        if traceparent is not None and parse(traceparent) is not None:
            exchange.traceparent = traceparent
        else:
            exchange.traceparent = b"00-%032x-%016x-%b" % (
                self._bits(128) or 1,
                self._bits(64) or 1,
                UNSAMPLED,
            )
