"""Conditional requests: whether the client has the response already (RFC 9110 §13).

Only what a cache or a gateway may evaluate: If-None-Match before If-Modified-Since,
and If-Range. If-Match and If-Unmodified-Since are the origin's (RFC 9111 §4.3.2).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sidecar.semantics.entity_tags import is_strong, is_tag, opaque, tags
from sidecar.semantics.http_date import parse
from sidecar.semantics.message import Fields

# §15.4.5. Last-Modified only where nothing else tells the representations apart.
_KEPT: Final = frozenset(
    (b"cache-control", b"content-location", b"date", b"etag", b"expires", b"vary")
) | frozenset(
    # A browser shows a response to scripts of other origins only with these; who made
    # the request conditional itself gets the 304 itself.
    (
        b"access-control-allow-credentials",
        b"access-control-allow-origin",
        b"access-control-expose-headers",
    )
)
# A second is the date's precision: what changed within it would look unchanged.
_STRONG_AFTER: Final = 1.0


def is_conditional(request: Mapping[bytes, bytes]) -> bool:
    """Whether a GET may get something else than all of a 200."""
    return (
        b"if-none-match" in request
        or b"if-modified-since" in request
        or b"range" in request
    )


def named(if_none_match: bytes, current: Sequence[bytes]) -> bytes | None:
    """The first of the `current` tags that the list names; None: none of them.

    Weak comparison. `*` names whatever there is (§13.1.2).
    """
    if if_none_match == b"*":
        return current[0] if current else None
    known = {opaque(tag) for tag in tags(if_none_match)}
    return next((tag for tag in current if opaque(tag) in known), None)


def is_unmodified(if_modified_since: bytes, last_modified: bytes) -> bool:
    """Whether nothing changed since the client's date (§13.1.3)."""
    if if_modified_since == last_modified:
        return parse(last_modified) is not None
    since, modified = parse(if_modified_since), parse(last_modified)
    return since is not None and modified is not None and modified <= since


def range_applies(
    if_range: bytes | None, response: Mapping[bytes, bytes], etag: bytes | None
) -> bool:
    """Whether a Range may be answered with a part (§13.1.5).

    `response` are the values of what is there, `etag` the tag of the bytes that
    the ranges are of. Strong comparison, and a date must be the very same.
    """
    if if_range is None:
        return True
    if is_tag(if_range):
        return if_range == etag and is_strong(if_range)
    modified, date = (parse(response.get(n, b"")) for n in (b"last-modified", b"date"))
    if modified is None or date is None or date - modified < _STRONG_AFTER:
        return False
    return parse(if_range) == modified


def not_modified_fields(fields: Fields) -> Fields:
    """Of the fields of a 200, those that its 304 needs."""
    kept = [field for field in fields if field[0].lower() in _KEPT]
    if not any(name.lower() == b"etag" for name, _ in kept):
        kept += [field for field in fields if field[0].lower() == b"last-modified"]
    return kept
