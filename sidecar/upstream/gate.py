"""The response gate: one well-formed head of a response, or `ResponseInvalid`.

Whatever passes may be relayed and stored; whatever does not ends the upstream
connection and becomes a 502 (RFC 9112 §6.3). Answers with a value, never raises.
"""

from sidecar.errors import ResponseInvalid
from sidecar.semantics.fields import gather, is_field_value
from sidecar.semantics.framing import Framing, framing, is_bodiless
from sidecar.semantics.message import Fields, ResponseHead
from sidecar.units import Bytes

# Generous, for backends put much into Set-Cookie and policies: only what no
# honest backend sends is refused. A field is its `name: value`; a head, all of
# these with their CRLF, and the reason.
LONGEST_FIELD: Bytes = 64 * 1024
LONGEST_HEAD: Bytes = 256 * 1024
MOST_FIELDS = 256

_LOWEST_STATUS, _HIGHEST_STATUS = 100, 599
_MINORS = {"1.1": 1, "1.0": 0}


def is_well_formed(raw: bytes) -> bool:
    """Whether a response's first bytes are those of an HTTP status line.

    llhttp skips empty lines before it, and takes RTSP and ICE for HTTP; none of
    them begins with `H`. All else that is malformed it refuses, or `inspect` sees.
    """
    return raw.startswith(b"H")


def inspect(  # noqa: PLR0911 - each flaw is one line
    status: int, reason: bytes, version: str, fields: Fields, *, method: bytes
) -> ResponseHead | ResponseInvalid:
    """Judge the parsed head of a response to a `method` request.

    RFC 9110 §15; RFC 9112 §4, §5, §6.
    """
    minor = _MINORS.get(version)
    if minor is None:
        return ResponseInvalid("version")
    if not _LOWEST_STATUS <= status <= _HIGHEST_STATUS:
        return ResponseInvalid("status")
    if len(fields) > MOST_FIELDS:
        return ResponseInvalid("too many fields")
    gathered = gather(fields)
    if gathered is None or not is_field_value(reason):
        return ResponseInvalid("field name, value or reason")
    size, kept, values, _ = gathered
    if size > LONGEST_FIELD and _longest(fields) > LONGEST_FIELD:
        return ResponseInvalid("field too large")
    if size + len(reason) > LONGEST_HEAD:
        return ResponseInvalid("head too large")
    framed = framing(values, minor)
    if not isinstance(framed, Framing):
        return ResponseInvalid(framed)
    length, chunked = framed
    bodiless = is_bodiless(status, method)
    return ResponseHead(
        status, reason, minor, kept, values, length, chunked=chunked, bodiless=bodiless
    )


def _longest(fields: Fields) -> Bytes:
    return max(len(name) + len(value) + 2 for name, value in fields)
