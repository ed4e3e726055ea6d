"""Retry: whether a failed request may be sent once more."""

from sidecar.semantics.message import RequestHead

# RFC 9110 §9.2.2. Unknown methods are not: nobody promised it.
IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"))


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
