"""Retry: whether a failed request may be sent once more, and after how long.

The order of questions: has the client seen nothing yet (the caller knows), can the
request be repeated, is this failure one to repeat after, are attempts and budget
left, and is there time. Pure: chance is an argument, waiting is the caller's.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.errors import Repeat, SidecarError
from sidecar.policy.failure import Failure, failure
from sidecar.semantics.message import RequestHead
from sidecar.units import Seconds

# RFC 9110 §9.2.2. Unknown methods are not: nobody promised it.
IDEMPOTENT: Final = frozenset(
    (b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE")
)

# Envoy's: backoff grows to this many times the first.
MOST_BACKOFF: Final = 10
# Envoy's: who comes at the told time comes up to half as late again, not all at once.
SPREAD: Final = 0.5


class Reason(StrEnum):
    """Why another attempt is made: label of `sidecar_retries_total`."""

    STALE = "stale_connection"
    CONNECT = "connect"
    RESET = "reset"
    TIMEOUT = "timeout"
    STATUS = "status"
    HEDGE = "hedge"


_REASONS: Final = {
    Failure.CONNECT: Reason.CONNECT,
    Failure.RESET: Reason.RESET,
    Failure.TIMEOUT: Reason.TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class Retry:
    """`attempts` in all; `backoff` in seconds before the second."""

    attempts: int = 1
    on: frozenset[Failure] = frozenset()
    statuses: frozenset[int] = frozenset()
    backoff: Seconds = 0.025

    def after_error(
        self, error: SidecarError, attempt: int, request: RequestHead
    ) -> Reason | None:
        """Why the request may be repeated that failed in its nth attempt."""
        if attempt >= self.attempts or error.repeat is Repeat.NEVER:
            return None
        if error.repeat is not Repeat.ALWAYS and not is_idempotent(request):
            return None
        kind = failure(error)
        return _REASONS[kind] if kind in self.on else None

    def after_status(
        self, status: int, attempt: int, request: RequestHead
    ) -> Reason | None:
        """Why the request may be repeated that got this answer from the upstream."""
        if status not in self.statuses or attempt >= self.attempts:
            return None
        return Reason.STATUS if is_idempotent(request) else None

    def wait(
        self, attempt: int, chance: float, retry_after: bytes | None = None
    ) -> Seconds | None:
        """Seconds before another attempt; None: not soon enough to wait for it.

        Full jitter: anything from nothing to a time that doubles. Where the upstream
        says when to come again, not before.
        """
        longest = self.backoff * MOST_BACKOFF
        if retry_after is None:
            return chance * min(self.backoff * 2.0 ** (attempt - 1), longest)
        if not retry_after.isdigit() or len(retry_after) > 9:  # noqa: PLR2004 - a date
            return None
        told = float(int(retry_after))
        return told * (1.0 + SPREAD * chance) if told <= longest else None


NO_RETRY: Final = Retry()


def is_idempotent(request: RequestHead) -> bool:
    """Whether sending it twice means the same as once.

    RFC 9110 §9.2.2; a client that sends Idempotency-Key says so itself.
    """
    return request.method in IDEMPOTENT or b"idempotency-key" in request.values


def may_resend(request: RequestHead, *, reused: bool, answered: bool) -> bool:
    """Whether to repeat, unseen, a request whose connection was lost.

    Only on a connection that had been used before, for those are closed by
    upstreams at any time, and only before the first byte of an answer.

    RFC 9112 §9.3.1.
    """
    return reused and not answered and is_idempotent(request)
