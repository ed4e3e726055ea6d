"""Every failure the sidecar answers for itself, instead of the upstream.

A leaf decides what the client sees (`status`, `code`, `title`), what the
Proxy-Status field calls it (`error`, RFC 9209 §2.3) and whether the request may
be repeated. `proxy.refusal` is the only place that turns one into a response.
Those of rate limits, breakers and queues are in `policy.refused`.

    SidecarError
    ├── RequestRefused      we declined before asking the upstream
    ├── UpstreamFailed      we asked, or could not ask, the upstream
    ├── ClientGone          nobody is left to answer
    └── InternalError       a defect of ours
"""

from collections.abc import Mapping
from enum import Enum, auto
from http import HTTPStatus
from typing import ClassVar

from sidecar.units import Seconds


class Repeat(Enum):
    """Whether a failed request may be sent again (RFC 9110 §9.2.2)."""

    NEVER = auto()
    IF_IDEMPOTENT = auto()
    ALWAYS = auto()  # the upstream never saw it


class SidecarError(Exception):
    """Base of the tree above; raise a leaf, catch a branch.

    `detail` is for the log, never for the client. `retry_after` is in seconds
    and becomes the Retry-After field (RFC 9110 §10.2.3). `code` is the stable
    name in problem documents, logs and metrics; `type` the registered one there is.
    """

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    title: ClassVar[str]
    error: ClassVar[str]
    repeat: ClassVar[Repeat] = Repeat.NEVER
    type: ClassVar[str] = ""
    members: Mapping[str, object] = {}

    def __init__(self, detail: str = "", *, retry_after: Seconds | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.retry_after = retry_after


class RequestRefused(SidecarError):
    error = "http_request_denied"


class BadRequest(RequestRefused):
    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    title = "The request is malformed or ambiguous."
    error = "http_request_error"


class OriginNotAllowed(RequestRefused):
    status = HTTPStatus.FORBIDDEN
    code = "origin_not_allowed"
    title = "Connections from this origin are not accepted."


class MethodNotAllowed(RequestRefused):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    title = "This method is not served here."


class RequestTimedOut(RequestRefused):
    status = HTTPStatus.REQUEST_TIMEOUT
    code = "request_timeout"
    title = "The request did not arrive in time."
    error = "http_request_error"


class ContentTooLarge(RequestRefused):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "content_too_large"
    title = "The request body is larger than allowed."


class TargetTooLong(RequestRefused):
    status = HTTPStatus.REQUEST_URI_TOO_LONG
    code = "target_too_long"
    title = "The request target is longer than allowed."


class ExpectationFailed(RequestRefused):
    status = HTTPStatus.EXPECTATION_FAILED
    code = "expectation_failed"
    title = "Only the expectation 100-continue can be met."


class FieldsTooLarge(RequestRefused):
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "fields_too_large"
    title = "The request fields are larger or more than allowed."


class CodingNotImplemented(RequestRefused):
    status = HTTPStatus.NOT_IMPLEMENTED
    code = "not_implemented"
    title = "This method or transfer coding is not implemented."


class VersionNotSupported(RequestRefused):
    status = HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    code = "version_not_supported"
    title = "Only HTTP/1.1 and HTTP/1.0 are served here."


class LoopDetected(RequestRefused):
    status = HTTPStatus.LOOP_DETECTED
    code = "loop_detected"
    title = "The request has passed this sidecar before."
    error = "proxy_loop_detected"


class TunnelsExhausted(RequestRefused):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "too_many_tunnels"
    title = "Too many upgraded connections are open."
    error = "connection_limit_reached"


class ConnectionsExhausted(RequestRefused):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "too_many_connections"
    title = "Too many connections are open."
    error = "connection_limit_reached"


class UpstreamFailed(SidecarError):
    repeat = Repeat.IF_IDEMPOTENT


class NameNotResolved(UpstreamFailed):
    status = HTTPStatus.BAD_GATEWAY
    code = "upstream_name_error"
    title = "The upstream's name could not be resolved."
    error = "dns_error"
    repeat = Repeat.ALWAYS


class ConnectionRefused(UpstreamFailed):
    status = HTTPStatus.BAD_GATEWAY
    code = "upstream_refused"
    title = "The upstream refused the connection."
    error = "connection_refused"
    repeat = Repeat.ALWAYS


class ConnectTimedOut(UpstreamFailed):
    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "upstream_connect_timeout"
    title = "The upstream did not accept a connection in time."
    error = "connection_timeout"
    repeat = Repeat.ALWAYS


class TlsFailed(UpstreamFailed):
    status = HTTPStatus.BAD_GATEWAY
    code = "upstream_tls_error"
    title = "No trusted TLS connection to the upstream could be made."
    error = "tls_certificate_error"
    repeat = Repeat.NEVER


class PoolExhausted(UpstreamFailed):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "upstream_busy"
    title = "No connection to the upstream became free in time."
    error = "connection_limit_reached"
    repeat = Repeat.NEVER


class ConnectionLost(UpstreamFailed):
    status = HTTPStatus.BAD_GATEWAY
    code = "upstream_connection_lost"
    title = "The upstream closed the connection without a response."
    error = "connection_terminated"


class ResponseTimedOut(UpstreamFailed):
    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "upstream_timeout"
    title = "The upstream did not respond in time."
    error = "http_response_timeout"


class ResponseStalled(UpstreamFailed):
    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "upstream_stalled"
    title = "The upstream fell silent within its response."
    error = "connection_read_timeout"


class ResponseInvalid(UpstreamFailed):
    status = HTTPStatus.BAD_GATEWAY
    code = "upstream_invalid_response"
    title = "The upstream's response is not valid HTTP."
    error = "http_protocol_error"
    repeat = Repeat.NEVER


class ResponseIncomplete(UpstreamFailed):
    status = HTTPStatus.BAD_GATEWAY
    code = "upstream_incomplete_response"
    title = "The upstream's response ended early."
    error = "http_response_incomplete"


class ClientGone(SidecarError):
    """The client closed or stalled; the status is for the log only (nginx's 499)."""

    status = HTTPStatus.BAD_REQUEST
    code = "client_gone"
    title = "The client went away."
    error = "http_request_error"


class InternalError(SidecarError):
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal_error"
    title = "The sidecar failed to handle the request."
    error = "proxy_internal_error"
