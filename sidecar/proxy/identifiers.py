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
# Neither a trace nor a span may be all zeros (W3C Trace Context §3.2.2).
_NOT_ZERO = 1 << 64


class Identifiers:
    """Seeded from the system once: unique, cheap, and no secret."""

    def __init__(self) -> None:
        seed = SystemRandom().getrandbits(256)
        self._bits = Random(seed).getrandbits  # noqa: S311 (no secret is made of it)

    def identify(self, exchange: Exchange) -> None:
        """Give the exchange its request id and its trace."""
        values = exchange.request.values
        own = b"%032x" % (self._bits(128) | _NOT_ZERO)
        given = values.get(b"x-request-id") if exchange.trusted else None
        exchange.id = given if given and len(given) <= LONGEST_ID else own
        traceparent = values.get(b"traceparent")
        if traceparent is not None and parse(traceparent) is not None:
            exchange.traceparent = traceparent
        else:
            # One number for all: whoever has one finds the others.
            exchange.traceparent = b"00-%b-%b-%b" % (own, own[:16], UNSAMPLED)
