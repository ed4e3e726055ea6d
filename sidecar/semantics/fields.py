"""Fields: what names and values may hold, and what repeated ones add up to.

RFC 9110 §5, on bytes. A table that maps what is forbidden to NUL and one search
for NUL cost less than a regular expression, whatever the length.
"""

from collections.abc import KeysView
from typing import Final, NamedTuple

from sidecar.semantics.message import Fields
from sidecar.units import Bytes

TCHAR: Final = (
    b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
OWS: Final = b" \t"

# A list longer than this comes from nobody honest; what follows is not read.
MOST_MEMBERS: Final = 100

_NOT_TCHAR: Final = bytes(c if c in TCHAR else 0 for c in range(256))
# §5.5: every CTL but HTAB. obs-text, 0x80 and above, passes untouched.
_CTL: Final = bytes([*range(9), *range(10, 32), 127])
_CTL_IS_NUL: Final = bytes(0 if c in _CTL else c for c in range(256))

# The names most messages are made of, as they are most often written: a lookup
# instead of a check and a copy.
_WELL_KNOWN: Final = {
    spelling: name.encode()
    for name in (  # noqa: SIM905 - a list would take a line for each
        "accept accept-charset accept-encoding accept-language accept-ranges "
        "access-control-allow-origin age allow authorization cache-control "
        "connection content-disposition content-encoding content-language "
        "content-length content-location content-range content-security-policy "
        "content-type cookie date etag expect expires forwarded from host if-match "
        "if-modified-since if-none-match if-range if-unmodified-since keep-alive "
        "last-modified link location origin pragma priority range referer "
        "referrer-policy retry-after sec-ch-ua sec-ch-ua-mobile "
        "sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site "
        "sec-fetch-user sec-websocket-extensions sec-websocket-key "
        "sec-websocket-protocol sec-websocket-version server server-timing "
        "set-cookie strict-transport-security te traceparent tracestate trailer "
        "transfer-encoding upgrade upgrade-insecure-requests user-agent vary via "
        "www-authenticate x-api-key x-content-type-options x-forwarded-for "
        "x-forwarded-host x-forwarded-port x-forwarded-proto x-frame-options "
        "x-powered-by x-real-ip x-request-id x-requested-with x-xss-protection"
    ).split()
    for spelling in (name.encode(), name.title().encode())
} | {b"ETag": b"etag", b"TE": b"te", b"DNT": b"dnt"}


class Gathered(NamedTuple):
    """A section of fields, checked and read once.

    size: of all, written as `name: value` lines with their CRLF.
    fields: in their order, values without the whitespace around them.
    values: by lower-case name; repeated ones joined with `, ` (`; ` for Cookie).
    repeated: the lower-case names that occur more than once.
    """

    size: Bytes
    fields: Fields
    values: dict[bytes, bytes]
    repeated: KeysView[bytes]


def is_token(name: bytes) -> bool:
    """Whether this is a field name, method or any other token (§5.6.2)."""
    return bool(name) and 0 not in name.translate(_NOT_TCHAR)


def is_field_value(value: bytes) -> bool:
    """Whether no control character but HTAB is inside (§5.5).

    Several values may be joined and asked about at once.
    """
    return 0 not in value.translate(_CTL_IS_NUL)


def members(value: bytes) -> list[bytes]:
    """Members of a comma-separated list, trimmed, the empty ones left out.

    At most `MOST_MEMBERS` are looked at. For lists of tokens: a comma inside a
    quoted string separates too. Lower-case the value first where case is nothing.

    §5.6.1.
    """
    if b"," not in value:
        one = value.strip(OWS)
        return [one] if one else []
    parts = value.split(b",", MOST_MEMBERS)[:MOST_MEMBERS]
    return [member for part in parts if (member := part.strip(OWS))]


def gather(fields: Fields) -> Gathered | None:
    """Check and read a section of fields; None where one is malformed.

    §5.2, §5.3; a Cookie's lines are one list of pairs (RFC 6265 §5.4).
    """
    size = 4 * len(fields)
    kept: Fields = []
    values: dict[bytes, bytes] = {}
    repeated: dict[bytes, list[bytes]] = {}
    for raw_name, raw_value in fields:
        name = _WELL_KNOWN.get(raw_name)
        if name is None:
            if not is_token(raw_name):
                return None
            name = raw_name.lower()
        size += len(raw_name) + len(raw_value)
        value = raw_value.strip(OWS)
        kept.append((raw_name, value))
        if name in values:
            repeated.setdefault(name, [values[name]]).append(value)
        else:
            values[name] = value
    # Joined only once, for joining line by line is quadratic.
    for name, lines in repeated.items():
        values[name] = (b"; " if name == b"cookie" else b", ").join(lines)
    # One look at all values costs a fraction of one look at each.
    if not is_field_value(b"".join(values.values())):
        return None
    if b"transfer-encoding" in values and _has_tab(fields, b"transfer-encoding"):
        return None
    return Gathered(size, kept, values, repeated.keys())


def _has_tab(fields: Fields, name: bytes) -> bool:
    """Whether a value holds a HTAB.

    llhttp does not take `chunked` followed by one for chunked, and others do.
    """
    return any(b"\t" in value for other, value in fields if other.lower() == name)
