"""Storability: whether a response may be kept for others, and why not.

RFC 9111 §3, for a shared cache; stricter where a mistake would show one user
what is another's: Set-Cookie is not stored, nor what varies by credentials.
Whether it is fresh for any time is `policy.freshness`'s to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sidecar.policy.vary import CODINGS, UNDONE, selecting
from sidecar.semantics.cache_control import CacheControl
from sidecar.semantics.fields import members


class Reason(StrEnum):
    """Why a response is not stored; the `detail` of Cache-Status, a label, a word."""

    METHOD = "method"
    REQUEST_BODY = "request-body"
    REQUEST_NO_STORE = "request-no-store"
    STATUS = "status"
    PARTIAL = "partial"
    NO_STORE = "no-store"
    PRIVATE = "private"
    AUTHORIZATION = "authorization"
    SET_COOKIE = "set-cookie"
    VARY = "vary"
    NO_LIFETIME = "no-lifetime"
    TOO_LARGE = "too-large"
    INCOMPLETE = "incomplete"
    IDENTITIES = "identities"


# Final statuses whose storage rules (RFC 9110 §15) are carried out here (§3).
UNDERSTOOD = frozenset(
    {200, 203, 204, 300, 301, 302, 303, 307, 308}
    | {400, 401, 403, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 417, 418}
    | {421, 422, 423, 424, 426, 428, 451, 500, 501, 502, 503, 504, 505, 507, 511}
)
# These speak of one request or connection, or of what a client has (226), not of a
# resource: an answer to a stranger's malformed request would be everybody's.
OF_ONE_REQUEST = frozenset(
    {101, 206, 226, 304, 400, 401, 407, 408, 411, 412, 413, 414, 416}
    | {417, 421, 425, 426, 428, 429, 431, 511}
)
_EVEN_ERRORS = frozenset({226, 304, 407, 408, 416, 421, 425, 429, 431})
FIRST_FINAL, FIRST_SERVER_ERROR, LAST = 200, 500, 599

_CREDENTIALS = frozenset({b"authorization", b"cookie"})
# These are of who asked: another's response may be stored, and stay so.
_OF_REQUEST = frozenset(
    {Reason.METHOD, Reason.REQUEST_BODY, Reason.REQUEST_NO_STORE, Reason.AUTHORIZATION}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request bears on storing its response.

    known: fields that the key holds, or that are never shown to the upstream.
    proof: the field by which the key holds who asks; none but they are shown it.
    """

    method: bytes
    values: Mapping[bytes, bytes]
    control: CacheControl
    has_body: bool = False
    known: frozenset[bytes] = frozenset()
    proof: bytes = b""


def not_storable(
    asked: Asked,
    status: int,
    values: Mapping[bytes, bytes],
    control: CacheControl,
    *,
    errors: bool = False,
) -> Reason | None:
    """Why a response to `asked` may not be stored; None where it may.

    `control` is what holds for us (`semantics.targeted`); with `errors`, statuses
    that speak of a failure may be stored where they say for how long.
    """
    return (
        _of_request(asked)
        or _of_status(status, control, errors=errors)
        or _of_directives(asked, status, control)
        or _of_fields(asked, values, control)
    )


def speaks_of_it(status: int, reason: Reason) -> bool:
    """Whether a response that is not stored says that what is stored has gone.

    And not only how one request fared, or that it is nobody else's.
    """
    return (
        reason not in _OF_REQUEST
        and status not in OF_ONE_REQUEST
        and status < FIRST_SERVER_ERROR
    )


def withheld(control: CacheControl) -> frozenset[bytes]:
    """Fields that are not stored with the rest: §5.2.2.4, §5.2.2.7, qualified."""
    return control.no_cache_fields | control.private_fields


def _of_request(asked: Asked) -> Reason | None:
    if asked.method != b"GET":
        return Reason.METHOD
    if asked.has_body:
        # Its body may say more than its key does.
        return Reason.REQUEST_BODY
    if asked.control.no_store:
        return Reason.REQUEST_NO_STORE
    return None


def _of_status(status: int, control: CacheControl, *, errors: bool) -> Reason | None:
    if status == 206:  # noqa: PLR2004
        return Reason.PARTIAL
    if not FIRST_FINAL <= status <= LAST:
        return Reason.STATUS
    if control.must_understand and status not in UNDERSTOOD:
        return Reason.STATUS
    if errors:
        return Reason.STATUS if status in _EVEN_ERRORS else None
    if status in OF_ONE_REQUEST or status >= FIRST_SERVER_ERROR:
        return Reason.STATUS
    return None


def _of_directives(asked: Asked, status: int, control: CacheControl) -> Reason | None:
    # §5.2.2.3: must-understand takes no-store back where the status is understood.
    if control.no_store and not (control.must_understand and status in UNDERSTOOD):
        return Reason.NO_STORE
    if control.private:
        return Reason.PRIVATE
    if (
        b"authorization" in asked.values
        and asked.proof != b"authorization"
        and not _is_for_all(control)
    ):
        return Reason.AUTHORIZATION
    return None


def _is_for_all(control: CacheControl) -> bool:
    """§3.5: what allows a response to a request with Authorization to be shared."""
    return control.public or control.must_revalidate or control.s_maxage is not None


def _of_fields(
    asked: Asked, values: Mapping[bytes, bytes], control: CacheControl
) -> Reason | None:
    if b"set-cookie" in values and b"set-cookie" not in withheld(control):
        return Reason.SET_COOKIE
    names = selecting(values.get(b"vary"), asked.known)
    if names is None:
        return Reason.VARY
    # One variant for each user is nothing to keep; that of nobody is.
    if any(name in asked.values for name in names if name in _CREDENTIALS):
        return Reason.VARY
    if b"content-encoding" in values and not _is_for_others(values, asked.known):
        return Reason.VARY
    return None


def _is_for_others(values: Mapping[bytes, bytes], known: frozenset[bytes]) -> bool:
    """Whether who accepts other codings than who asked gets another answer, or can
    have this one undone.
    """
    if b"accept-encoding" not in (selecting(values.get(b"vary")) or ()):
        return True
    coding = values[b"content-encoding"].lower()
    if b"accept-encoding" in known:
        return coding in UNDONE
    return CODINGS.issuperset(members(coding))
