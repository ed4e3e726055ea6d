"""Failure: in which way an attempt failed, and what that says to the breaker.

The words are those of the configuration: `connect`, `timeout`, `reset`, and statuses.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from sidecar.errors import (
    ConnectionLost,
    ConnectionRefused,
    ConnectTimedOut,
    NameNotResolved,
    ResponseIncomplete,
    ResponseInvalid,
    ResponseStalled,
    ResponseTimedOut,
    SidecarError,
    TlsFailed,
)
from sidecar.policy.circuit import Outcome

TOO_MANY_REQUESTS = 429
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_STATUSES = 600


class Failure(StrEnum):
    CONNECT = "connect"
    TIMEOUT = "timeout"
    RESET = "reset"


_KINDS: dict[type[SidecarError], Failure] = {
    NameNotResolved: Failure.CONNECT,
    ConnectionRefused: Failure.CONNECT,
    ConnectTimedOut: Failure.CONNECT,
    TlsFailed: Failure.CONNECT,
    ResponseTimedOut: Failure.TIMEOUT,
    ResponseStalled: Failure.TIMEOUT,
    ConnectionLost: Failure.RESET,
    ResponseInvalid: Failure.RESET,
    ResponseIncomplete: Failure.RESET,
}


def failure(error: BaseException) -> Failure | None:
    """What the upstream did wrong; None where it was not the upstream."""
    return _KINDS.get(type(error)) if isinstance(error, SidecarError) else None


class Counts:
    """What counts as a failure, looked up by status or kind."""

    __slots__ = ("_kinds", "statuses")

    def __init__(self, kinds: Iterable[Failure], statuses: Iterable[int]) -> None:
        self._kinds = frozenset(kinds)
        failed = frozenset(statuses)
        self.statuses = [self._status(code, failed) for code in range(_STATUSES)]
        """By an answer's status, what it says of the upstream."""

    @classmethod
    def parse(cls, words: Iterable[str]) -> Self:
        """Read `connect`, `503` and `500-599`."""
        kinds: list[Failure] = []
        statuses: list[int] = []
        for word in words:
            if word[:1].isdigit():
                low, _, high = word.partition("-")
                statuses.extend(range(int(low), int(high or low) + 1))
            else:
                kinds.append(Failure(word))
        return cls(kinds, statuses)

    def error(self, error: BaseException) -> Outcome:
        """What a failed attempt says; a client that left or sent rubbish: nothing."""
        kind = failure(error)
        if kind is None:
            return Outcome.NEUTRAL
        return Outcome.FAILURE if kind in self._kinds else Outcome.ANSWERED

    @staticmethod
    def _status(code: int, failed: frozenset[int]) -> Outcome:
        if code in failed:
            throttled = code == TOO_MANY_REQUESTS
            return Outcome.THROTTLED if throttled else Outcome.FAILURE
        if _CLIENT_ERROR <= code < _SERVER_ERROR:
            return Outcome.ANSWERED
        return Outcome.SUCCESS
