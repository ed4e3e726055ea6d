"""Identifiers: the names by which a request is found again in logs and traces.

A name from outside is believed only from a trusted proxy (X-Request-Id), or
where it cannot do harm (traceparent, W3C Trace Context).
"""

import os

from sidecar.proxy.exchange import Exchange
from sidecar.semantics.trace_context import parse

LONGEST_ID = 128
# Started by us and recorded by nobody yet: the sampled flag is off.
UNSAMPLED = b"00"

_LENGTH = 32
_SPAN = 16
# Asked of the system for so many identifiers at once: each time costs a call.
_AT_ONCE = 512


class Identifiers:
    __slots__ = ("_at", "_digits")

    def __init__(self) -> None:
        self._digits = b""
        self._at = 0

    def identify(self, exchange: Exchange) -> None:
        """Give the exchange its request id and its trace."""
        values = exchange.request.values
        own = self._next()
        given = values.get(b"x-request-id") if exchange.trusted else None
        exchange.id = given if given and len(given) <= LONGEST_ID else own
        traceparent = values.get(b"traceparent")
        if traceparent is not None and parse(traceparent) is not None:
            exchange.traceparent = traceparent
        else:
            # One number for all: whoever has one finds the others.
            exchange.traceparent = b"00-%b-%b-%b" % (own, own[:_SPAN], UNSAMPLED)

    def _next(self) -> bytes:
        """32 hex digits; that they, or half of them, are zeros will not happen."""
        at = self._at
        if at == len(self._digits):
            self._digits = os.urandom(_AT_ONCE * _LENGTH // 2).hex().encode("ascii")
            at = 0
        self._at = at + _LENGTH
        return self._digits[at : self._at]
