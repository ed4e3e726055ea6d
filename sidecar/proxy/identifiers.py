"""Identifiers: the names by which a request is found again in logs and traces.

A name from outside is believed only from a trusted proxy (X-Request-Id), or
where it cannot do harm (traceparent, which the exchange reads when it is asked for).
"""

import os
from typing import Final

from sidecar.proxy.exchange import Exchange

LONGEST_ID: Final = 128

_LENGTH: Final = 32
# Asked of the system for so many identifiers at once: each time costs a call.
_AT_ONCE: Final = 512


class Identifiers:
    __slots__ = ("_at", "_digits")

    def __init__(self) -> None:
        self._digits = b""
        self._at = 0

    def identify(self, exchange: Exchange) -> None:
        """Give the exchange its number, and its request id."""
        # One for all names: whoever has one finds the others.
        exchange.number = exchange.id = self._next()
        if exchange.trusted:
            given = exchange.request.values.get(b"x-request-id")
            if given and len(given) <= LONGEST_ID:
                exchange.id = given

    def _next(self) -> bytes:
        """32 hex digits; that they, or half of them, are zeros will not happen."""
        at = self._at
        if at == len(self._digits):
            self._digits = os.urandom(_AT_ONCE * _LENGTH // 2).hex().encode("ascii")
            at = 0
        self._at = at + _LENGTH
        return self._digits[at : self._at]
