"""Refused: the errors of what protects, as leaves of the one tree (`sidecar.errors`).

`reason` is what a metric is labelled with; the client sees it only as far as `title`
says it.
"""

from http import HTTPStatus

from sidecar.errors import RequestRefused
from sidecar.units import Seconds

# draft-ietf-httpapi-ratelimit-headers §6, in the registry of RFC 9457 §4.2.
_TYPES = "https://iana.org/assignments/http-problem-types#"


class RateLimited(RequestRefused):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"
    title = "Too many requests."
    type = _TYPES + "quota-exceeded"

    def __init__(self, policy: str, *, retry_after: Seconds) -> None:
        super().__init__(policy, retry_after=retry_after)
        self.members = {"violated-policies": [policy]}


class CircuitOpen(RequestRefused):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "circuit_open"
    title = "The upstream is failing and is left alone for a while."
    error = "destination_unavailable"

    def __init__(self, reason: str, *, retry_after: Seconds) -> None:
        super().__init__(reason, retry_after=retry_after)
        self.reason = reason


class Overloaded(RequestRefused):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "overloaded"
    title = "The upstream has as many requests as it can take."
    error = "connection_limit_reached"
    type = _TYPES + "temporary-reduced-capacity"

    def __init__(self, reason: str, *, retry_after: Seconds) -> None:
        super().__init__(reason, retry_after=retry_after)
        self.reason = reason


Shedding = CircuitOpen | Overloaded
"""Refusals for which there may be something better than an error."""


class NothingStored(RequestRefused):
    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "nothing_stored"
    title = "The cache has no answer, and nothing else was asked for."
